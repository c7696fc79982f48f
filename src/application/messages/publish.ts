import { err, errAsync, ok, safeTry, type Result, type ResultAsync } from "neverthrow";
import { toIso } from "../../domain/instant.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { streamId, type WebhookView } from "../../domain/ledger/index.ts";
import {
  canonicalJson,
  checkEventType,
  fanOut,
  type FanOut,
  type MessagePublished,
  type NotJson,
  type UnknownEventType,
} from "../../domain/message/index.ts";
import { checkId, checkTenantId } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { AppendError, Commit, StreamAppend } from "../../ports/ledger-writer.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { Dependencies } from "../dependencies.ts";
import { earlierPublication, type IdempotencyKeyReused } from "./earlier-publication.ts";
import { fitPayload, type InvalidPayload } from "./fit-payload.ts";
import type { Publication } from "./publication.ts";

export interface NewMessage {
  readonly event: string;
  readonly payload: unknown;
  /** Publishing again under the same key, within a tenant, gives the first answer and sends nothing. */
  readonly idempotencyKey?: string | undefined;
  readonly tenantId?: string | undefined;
}

export type PublishError =
  InvalidInput | UnknownEventType | InvalidPayload | NotJson | IdempotencyKeyReused | ReadError | AppendError;

/**
 * Stores a message and schedules its deliveries, in one transaction. Once this resolves, both are on disk,
 * and whatever crashes, every delivery will be made, or given up as its retry config has it.
 */
export function publish(deps: Dependencies, input: NewMessage): ResultAsync<Publication, PublishError> {
  return safeTry(async function* () {
    const message = yield* prepareMessage(deps, input);
    const earlier = yield* earlierPublication(deps, message);
    if (earlier !== null) return ok(earlier);
    const webhooks = yield* deps.storage.webhooks.list(message.tenantId);
    const published = describe(deps, message, fanOut(message.event, webhooks));
    const appended = await deps.storage.writer.append(commitOf(message, published));
    if (appended.isErr()) return err(appended.error);
    deps.wakeUps.notify();
    const { messageId, matched, skipped } = published.data;
    return ok({ messageId, deliveries: matched, skipped, duplicate: false });
  }).orElse((error) => {
    // Another publisher was first with this key: its publication is the answer.
    return error.type === "IdempotencyKeyTaken" ? publish(deps, input) : errAsync(error);
  });
}

function prepareMessage(
  deps: Dependencies,
  { event, payload, idempotencyKey, tenantId = "" }: NewMessage,
): ResultAsync<StoredMessage, InvalidInput | UnknownEventType | InvalidPayload | NotJson> {
  return safeTry(async function* () {
    const checkedEvent = yield* checkEventType(event, deps.catalogue);
    const checkedTenant = yield* checkTenantId(tenantId);
    const key = yield* checkIdempotencyKey(idempotencyKey);
    const fitted = yield* fitPayload(deps, checkedEvent, payload);
    const body = yield* canonicalJson(fitted);
    return ok({
      messageId: deps.ids.next(),
      tenantId: checkedTenant,
      event: checkedEvent,
      body,
      idempotencyKey: key,
      createdAt: deps.clock.now(),
    });
  });
}

function checkIdempotencyKey(key: string | undefined): Result<string | null, InvalidInput> {
  return key === undefined ? ok(null) : checkId("idempotencyKey", key);
}

function describe(
  { ids }: Dependencies,
  message: StoredMessage,
  { matched, skipped }: FanOut<WebhookView>,
): MessagePublished {
  const { messageId, tenantId, event } = message;
  return {
    type: "MessagePublished",
    data: {
      messageId,
      tenantId,
      event,
      matched: matched.map(({ webhookId }) => ({ webhookId, deliveryId: ids.next() })),
      skipped: skipped.map(({ webhook, reason }) => ({ webhookId: webhook.webhookId, reason })),
    },
  };
}

function commitOf(message: StoredMessage, published: MessagePublished): Commit {
  const { messageId, tenantId, event, createdAt } = message;
  const dueAt = toIso(createdAt);
  const deliveries = published.data.matched.map(({ webhookId, deliveryId }): StreamAppend => ({
    streamId: streamId("delivery", deliveryId),
    expectedVersion: "no-stream",
    events: [{ type: "DeliveryScheduled", data: { deliveryId, messageId, webhookId, tenantId, event, dueAt } }],
  }));
  return {
    recordedAt: createdAt,
    streams: [
      { streamId: streamId("message", messageId), expectedVersion: "no-stream", events: [published] },
      ...deliveries,
    ],
    messages: [message],
  };
}
