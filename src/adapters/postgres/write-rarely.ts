import { and, eq, gt, inArray, isNull, lt, lte, notInArray, or, sql } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import type { WebhookView } from "../../domain/ledger/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import { jsonOrNull } from "../sql/webhook-row.ts";
import type { AnyOrm } from "./connection.ts";
import { followSettings } from "./follow-settings.ts";
import { newestFirst } from "./secret-store.ts";
import type { Tables } from "./tables.ts";
import type { Gathered } from "./writes.ts";

/** Writes what changes now and then: webhooks, their secrets, and payloads that are erased. Each in the order given. */
export async function writeRarely(orm: AnyOrm, tables: Tables, gathered: Gathered): Promise<void> {
  for (const [webhookId, { streamId, view }] of gathered.webhooks)
    await writeWebhook(orm, tables, webhookId, streamId, view);
  if (gathered.webhooks.size > 0) await followSettings(orm, tables, [...gathered.webhooks.keys()]);
  for (const [webhookId, until] of gathered.pauses) await pause(orm, tables, webhookId, until);
  for (const write of gathered.secrets) await writeSecret(orm, tables, write);
  for (const { messageIds, erasedAt } of gathered.erasures) await erase(orm, tables, messageIds, erasedAt);
  if (gathered.raises) await raiseRevision(orm, tables);
}

/**
 * Raises the revision of the webhooks, so that what was decided on them is decided again. If the counter is gone, it
 * begins above anything that it can have been.
 */
export async function raiseRevision(orm: AnyOrm, { counters }: Tables): Promise<void> {
  await orm
    .insert(counters)
    .values({ name: "webhooks", value: sql`(extract(epoch from now()) * 1000)::bigint` })
    .onConflictDoUpdate({ target: counters.name, set: { value: sql`${counters.value} + 1` } });
}

/**
 * Writes a webhook's row, or deletes it if `view` is null. The row tells where the webhook's registration stands in the
 * ledger, which has the event by now.
 */
export async function writeWebhook(
  orm: AnyOrm,
  { webhooks, events }: Tables,
  webhookId: string,
  streamId: string,
  view: WebhookView | null,
): Promise<unknown> {
  if (view === null) return orm.delete(webhooks).where(eq(webhooks.webhookId, webhookId));
  const row = {
    ...view,
    events: JSON.stringify(view.events),
    retryConfig: JSON.stringify(view.retryConfig),
    headers: jsonOrNull(view.headers),
    schemes: JSON.stringify(view.schemes),
    keyPair: jsonOrNull(view.keyPair),
  };
  const registeredPosition = sql`(select min(position) from ${events}
    where stream_id = ${streamId} and type = 'WebhookRegistered')`;
  return orm
    .insert(webhooks)
    .values({ ...row, registeredPosition })
    .onConflictDoUpdate({ target: webhooks.webhookId, set: row });
}

/** Makes a pause longer. A pause that is shorter was changed in this transaction, so no lock is taken out of order. */
async function pause(orm: AnyOrm, { health }: Tables, webhookId: string, pausedUntil: EpochMs): Promise<unknown> {
  const isShorter = and(eq(health.webhookId, webhookId), lt(health.pausedUntil, pausedUntil));
  return orm.update(health).set({ pausedUntil }).where(isShorter);
}

async function writeSecret(orm: AnyOrm, { secrets }: Tables, write: SecretWrite): Promise<unknown> {
  switch (write.op) {
    case "put":
      return orm.insert(secrets).values({ ...write.secret });
    case "expire": {
      const { expiresAt, now, most } = write;
      const ofKind = and(eq(secrets.webhookId, write.webhookId), eq(secrets.kind, write.kind));
      await orm
        .update(secrets)
        .set({ expiresAt })
        .where(and(ofKind, or(isNull(secrets.expiresAt), gt(secrets.expiresAt, expiresAt))));
      await orm.delete(secrets).where(and(ofKind, lte(secrets.expiresAt, now)));
      const newest = orm
        .select({ secretId: secrets.secretId })
        .from(secrets)
        .where(ofKind)
        .orderBy(...newestFirst(secrets))
        .limit(most);
      return orm.delete(secrets).where(and(ofKind, notInArray(secrets.secretId, newest)));
    }
    case "forget":
      return orm.delete(secrets).where(eq(secrets.webhookId, write.webhookId));
    case "replace": {
      const { webhookId, secretId, value, keyId } = write;
      const isIt = and(eq(secrets.webhookId, webhookId), eq(secrets.secretId, secretId));
      return orm.update(secrets).set({ value, keyId }).where(isIt);
    }
  }
}

/** Removes payloads and subjects, and what receivers answered, which may repeat the payload. */
async function erase(
  orm: AnyOrm,
  { messages, deliveries, responses }: Tables,
  messageIds: readonly string[],
  erasedAt: number,
): Promise<void> {
  await orm
    .update(messages)
    .set({ body: "", subject: null, erasedAt })
    .where(inArray(messages.messageId, [...messageIds]));
  const ofMessages = orm
    .select({ deliveryId: deliveries.deliveryId })
    .from(deliveries)
    .where(inArray(deliveries.messageId, [...messageIds]));
  await orm.delete(responses).where(inArray(responses.deliveryId, ofMessages));
}
