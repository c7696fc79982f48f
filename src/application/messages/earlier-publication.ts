import { err, ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import { streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { MessagePublished } from "../../domain/message/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { Storage } from "../../ports/storage.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Publication } from "./publication.ts";

/** The idempotency key stands for other content already: another event type, or another payload. */
export interface IdempotencyKeyReused {
  readonly type: "IdempotencyKeyReused";
  readonly idempotencyKey: string;
  /** The message that was published under the key. */
  readonly messageId: string;
  readonly message: string;
}

/** What was published under the idempotency key of `message`; null if nothing was, or if it has none. */
export function earlierPublication(
  { storage }: Pick<Dependencies, "storage">,
  message: StoredMessage,
): ResultAsync<Publication | null, ReadError | IdempotencyKeyReused> {
  const { tenantId, idempotencyKey } = message;
  if (idempotencyKey === null) return okAsync(null);
  return storage.messages
    .findByIdempotencyKey(tenantId, idempotencyKey)
    .andThen((earlier): ResultAsync<Publication | null, ReadError | IdempotencyKeyReused> => {
      if (earlier === null) return okAsync(null);
      return reusedKey(message, earlier, idempotencyKey)
        .asyncAndThen(() => storage.reader.readStream(streamId("message", earlier.messageId)))
        .andThen((events) => answerOf(storage, earlier.messageId, events));
    });
}

function isPublished(event: RecordedEvent): event is RecordedEvent<MessagePublished> {
  return event.type === "MessagePublished";
}

/**
 * Refuses a key that stands for other content; the content is the event type and the payload. Of a message that was
 * erased only the first is known, and nobody can tell whether the second is another.
 */
export function reusedKey(
  message: StoredMessage,
  earlier: StoredMessage,
  idempotencyKey: string,
): Result<void, IdempotencyKeyReused> {
  const isSameBody = earlier.erasedAt !== null || message.body === earlier.body;
  if (message.event === earlier.event && isSameBody) return ok();
  const { messageId } = earlier;
  const text = `the idempotencyKey was used for the message ${messageId}, whose event or payload is another`;
  return err({ type: "IdempotencyKeyReused", idempotencyKey, messageId, message: text });
}

/** What the stream of a message says of its publication; null if it says nothing. */
export function publicationOf(messageId: string, events: readonly RecordedEvent[]): Publication | null {
  const published = events.find(isPublished);
  if (published === undefined) return null;
  const { matched, skipped } = published.data;
  return { messageId, deliveries: matched, skipped, duplicate: true };
}

function answerOf(
  { messages }: Pick<Storage, "messages">,
  messageId: string,
  events: readonly RecordedEvent[],
): ResultAsync<Publication | null, StorageError> {
  const publication = publicationOf(messageId, events);
  if (publication !== null) return okAsync(publication);
  // It was found, and may have been pruned since: then its key is free.
  return messages
    .get(messageId)
    .andThen((present) =>
      present === null
        ? ok(null)
        : err(storageError("unexpected", `the message ${messageId} is stored, but the ledger does not tell of it`)),
    );
}
