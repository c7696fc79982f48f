import { eq, sql, type SQL } from "drizzle-orm";
import { DEFAULT_SCHEMES } from "../../domain/signing/index.ts";
import type { WebhookEvent } from "../../domain/webhook/index.ts";
import { jsonOrNull } from "../sql/webhook-row.ts";
import type { Orm } from "./connection.ts";
import type { EventPlace, FindBeginning } from "./event-place.ts";
import { parameter } from "./parameter.ts";
import { webhooks } from "./projected-tables.ts";
import { events } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** Does in SQL what `webhookView` folds in memory: one small statement for each event type. */
export type ProjectWebhook = (webhookId: string, event: WebhookEvent, at: EventPlace) => void;

export function createWebhookProjection(
  { orm }: Session,
  buffers: WriteBuffers,
  findBeginning: FindBeginning,
): ProjectWebhook {
  const insert = orm.insert(webhooks).values(allColumns()).prepare();
  const touch = prepareUpdate(orm, {});
  const changeUrl = prepareUpdate(orm, { url: parameter("url") });
  const changeEvents = prepareUpdate(orm, { events: parameter("events") });
  const changeRetryConfig = prepareUpdate(orm, { retryConfig: parameter("retryConfig") });
  const changeRateLimit = prepareUpdate(orm, { rateLimitPerSecond: parameter("rateLimitPerSecond") });
  const changeHeaders = prepareUpdate(orm, { headers: parameter("headers") });
  const changeSecret = prepareUpdate(orm, { secretId: parameter("secretId") });
  const changeSchemes = prepareUpdate(orm, { schemes: parameter("schemes") });
  const changeKeyPair = prepareUpdate(orm, { keyPair: parameter("keyPair") });
  const changePaused = prepareUpdate(orm, { paused: parameter("paused") });
  const activate = prepareUpdate(orm, { active: sql`1`, deactivationReason: sql`null` });
  const deactivate = prepareUpdate(orm, { active: sql`0`, deactivationReason: parameter("reason"), paused: sql`0` });
  const remove = orm
    .delete(webhooks)
    .where(eq(webhooks.webhookId, parameter("webhookId")))
    .prepare();

  return (webhookId, event, at) => {
    const { version, recordedAt } = at;
    buffers.revision.raise();
    const row = { webhookId, version, updatedAt: recordedAt };
    switch (event.type) {
      case "WebhookRegistered": {
        const { data } = event;
        const { createdAt, repeated } = findBeginning(event.type, at);
        // An id is given once: a second registration, even of a deleted webhook, changes nothing.
        if (repeated) return void touch.run(row);
        // The row holds the position of its registration, so that event has to be in the ledger first.
        buffers.events.settle();
        return void insert.run({
          ...row,
          createdAt,
          streamId: at.streamId,
          tenantId: data.tenantId,
          url: data.url,
          secretId: data.secretId,
          active: Number(data.active),
          deactivationReason: null,
          events: JSON.stringify(data.events),
          retryConfig: JSON.stringify(data.retryConfig),
          headers: jsonOrNull(data.headers),
          schemes: JSON.stringify(data.schemes ?? DEFAULT_SCHEMES),
          keyPair: jsonOrNull(data.keyPair ?? null),
          rateLimitPerSecond: data.rateLimitPerSecond ?? null,
        });
      }
      case "WebhookUrlChanged":
        return void changeUrl.run({ ...row, url: event.data.url });
      case "WebhookSubscriptionChanged":
        return void changeEvents.run({ ...row, events: JSON.stringify(event.data.events) });
      case "WebhookRetryConfigChanged":
        return void changeRetryConfig.run({ ...row, retryConfig: JSON.stringify(event.data.retryConfig) });
      case "WebhookRateLimitChanged":
        return void changeRateLimit.run({ ...row, ...event.data });
      case "WebhookHeadersChanged":
        return void changeHeaders.run({ ...row, headers: jsonOrNull(event.data.headers) });
      case "WebhookSchemesChanged":
        return void changeSchemes.run({ ...row, schemes: JSON.stringify(event.data.schemes) });
      case "WebhookKeyPairRotated":
        return void changeKeyPair.run({ ...row, keyPair: JSON.stringify(event.data.keyPair) });
      case "WebhookSecretRotated":
        return void changeSecret.run({ ...row, secretId: event.data.secretId });
      case "WebhookActivated":
        return void activate.run(row);
      case "WebhookDeactivated":
        return void deactivate.run({ ...row, reason: event.data.reason });
      case "WebhookPaused":
        return void changePaused.run({ ...row, paused: 1 });
      case "WebhookResumed":
        return void changePaused.run({ ...row, paused: 0 });
      case "WebhookDeleted":
        return void remove.run({ webhookId });
    }
  };
}

function prepareUpdate(orm: Orm, columns: Partial<Record<keyof typeof webhooks.$inferInsert, SQL>>) {
  return orm
    .update(webhooks)
    .set({ ...columns, version: parameter("version"), updatedAt: parameter("updatedAt") })
    .where(eq(webhooks.webhookId, parameter("webhookId")))
    .prepare();
}

function allColumns() {
  return {
    webhookId: parameter("webhookId"),
    tenantId: parameter("tenantId"),
    url: parameter("url"),
    events: parameter("events"),
    active: parameter("active"),
    deactivationReason: parameter("deactivationReason"),
    retryConfig: parameter("retryConfig"),
    headers: parameter("headers"),
    secretId: parameter("secretId"),
    schemes: parameter("schemes"),
    keyPair: parameter("keyPair"),
    rateLimitPerSecond: parameter("rateLimitPerSecond"),
    version: parameter("version"),
    createdAt: parameter("createdAt"),
    updatedAt: parameter("updatedAt"),
    registeredPosition: sql`(select position from ${events}
      where stream_id = ${parameter("streamId")} and version = ${parameter("version")})`,
  };
}
