import { err, ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import { streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { MessagePublished } from "../../domain/message/index.ts";
import type { LedgerReader, ReadError } from "../../ports/ledger-reader.ts";
import type { MessageStore, StoredMessage } from "../../ports/message-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { OutgoingMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";

/**
 * The idempotency key already stands for another message: its event type, its payload or the webhook it was for
 * differs.
 */
export interface IdempotencyKeyReused {
  readonly type: "IdempotencyKeyReused";
  readonly idempotencyKey: string;
  /** The message that was published under the key. */
  readonly messageId: string;
  readonly message: string;
}

/** Finds what was published under a message's idempotency key. Null if nothing was, or if the message has no key. */
export function earlierPublication(
  messages: Pick<MessageStore, "findByIdempotencyKey">,
  reader: Pick<LedgerReader, "readStream">,
  outgoing: OutgoingMessage,
): ResultAsync<Publication | null, ReadError | IdempotencyKeyReused> {
  const { tenantId, idempotencyKey } = outgoing.message;
  if (idempotencyKey === null) return okAsync(null);
  const find = () => messages.findByIdempotencyKey(tenantId, idempotencyKey);
  return find().andThen((earlier): ResultAsync<Publication | null, ReadError | IdempotencyKeyReused> => {
    if (earlier === null) return okAsync(null);
    return reader
      .readStream(streamId("message", earlier.messageId))
      .andThen((events) => answerOf(outgoing, idempotencyKey, earlier, events))
      .andThen((publication) =>
        publication === null ? requirePruned(earlier.messageId, find()) : okAsync(publication),
      );
  });
}

/**
 * Reads the earlier message's publication from its stream, as the answer to this message. Null if the stream has none.
 */
export function answerOf(
  outgoing: OutgoingMessage,
  idempotencyKey: string,
  earlier: StoredMessage,
  events: readonly RecordedEvent[],
): Result<Publication | null, IdempotencyKeyReused> {
  const published = events.find(isPublished);
  if (published === undefined) return ok(null);
  const { messageId, matched, skipped } = published.data;
  return repeated(outgoing, idempotencyKey, earlier, { messageId, deliveries: matched, skipped, duplicate: true });
}

function isPublished(event: RecordedEvent): event is RecordedEvent<MessagePublished> {
  return event.type === "MessagePublished";
}

/**
 * Refuses a key that stands for another message. If the earlier message was erased, its payload is unknown, and is not
 * compared.
 */
export function repeated(
  { message, webhookId }: OutgoingMessage,
  idempotencyKey: string,
  earlier: StoredMessage,
  publication: Publication,
): Result<Publication, IdempotencyKeyReused> {
  const isSameBody = earlier.erasedAt !== null || message.body === earlier.body;
  if (message.event === earlier.event && isSameBody && isFor(webhookId, publication)) {
    return ok({ ...publication, duplicate: true });
  }
  const { messageId } = earlier;
  const what = `the message ${messageId} has this idempotencyKey, but another event, payload or webhookId`;
  const text = `${what}; publish this message under a new key`;
  return err({ type: "IdempotencyKeyReused", idempotencyKey, messageId, message: text });
}

/**
 * Whether the earlier publication was for this webhook. If the tenant had no other webhooks, nobody can tell, and it
 * makes no difference.
 */
function isFor(webhookId: string | undefined, { deliveries, skipped }: Publication): boolean {
  if (webhookId === undefined) return skipped.every(({ reason }) => reason !== "not-addressed");
  const isAlone = deliveries.length === 1 && skipped.every(({ reason }) => reason === "not-addressed");
  return isAlone && deliveries[0]?.webhookId === webhookId;
}

/**
 * Looks once more for a message that was found, but of which the ledger does not tell. If it is gone, it was pruned,
 * and its key is free. If it is still there: `StorageError`, `unexpected`.
 *
 * @param again - what is found when it is looked for once more
 */
export function requirePruned(
  messageId: string,
  again: ResultAsync<StoredMessage | null, StorageError>,
): ResultAsync<null, StorageError> {
  const message = `the message ${messageId} is stored, but the ledger has no record of its publication`;
  return again.andThen((present) =>
    present?.messageId === messageId ? err(storageError("unexpected", message)) : ok(null),
  );
}
