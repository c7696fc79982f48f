import { err, ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import { streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { MessagePublished } from "../../domain/message/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { Storage } from "../../ports/storage.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { OutgoingMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";

/** The idempotency key stands for another message already: its event type, its payload or the webhook that it was for differs. */
export interface IdempotencyKeyReused {
  readonly type: "IdempotencyKeyReused";
  readonly idempotencyKey: string;
  /** The message that was published under the key. */
  readonly messageId: string;
  readonly message: string;
}

/** What was published under the idempotency key of a message; null if nothing was, or if it has none. */
export function earlierPublication(
  { storage }: Pick<Dependencies, "storage">,
  outgoing: OutgoingMessage,
): ResultAsync<Publication | null, ReadError | IdempotencyKeyReused> {
  const { tenantId, idempotencyKey } = outgoing.message;
  if (idempotencyKey === null) return okAsync(null);
  return storage.messages
    .findByIdempotencyKey(tenantId, idempotencyKey)
    .andThen((earlier): ResultAsync<Publication | null, ReadError | IdempotencyKeyReused> => {
      if (earlier === null) return okAsync(null);
      return storage.reader
        .readStream(streamId("message", earlier.messageId))
        .andThen((events) => answerOf(outgoing, idempotencyKey, earlier, events))
        .andThen((publication) =>
          publication === null ? requirePruned(storage, earlier.messageId) : okAsync(publication),
        );
    });
}

/** What the stream of the earlier message says of its publication, as the answer to this one; null if it says nothing. */
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
 * Refuses a key that stands for another message. Of one that was erased the payload is not known, and nobody can tell whether it is
 * another.
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
  const text = `the idempotencyKey was used for the message ${messageId}, whose event, payload or webhookId is another`;
  return err({ type: "IdempotencyKeyReused", idempotencyKey, messageId, message: text });
}

/** Without other webhooks in the tenant nobody can tell, and it makes no difference. */
function isFor(webhookId: string | undefined, { deliveries, skipped }: Publication): boolean {
  if (webhookId === undefined) return skipped.every(({ reason }) => reason !== "not-addressed");
  const isAlone = deliveries.length === 1 && skipped.every(({ reason }) => reason === "not-addressed");
  return isAlone && deliveries[0]?.webhookId === webhookId;
}

/** A message that was found, and of which the ledger does not tell, may have been pruned since: then its key is free. */
export function requirePruned(
  { messages }: Pick<Storage, "messages">,
  messageId: string,
): ResultAsync<null, StorageError> {
  const message = `the message ${messageId} is stored, but the ledger does not tell of it`;
  return messages
    .get(messageId)
    .andThen((present) => (present === null ? ok(null) : err(storageError("unexpected", message))));
}
