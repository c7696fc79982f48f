import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import { streamId } from "../../domain/ledger/index.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import { storageError } from "../../ports/storage-error.ts";
import { isObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { publicationOf, reusedKey } from "./earlier-publication.ts";
import { planPublication } from "./plan-publication.ts";
import { prepareMessage, type NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import type { PublishError } from "./publish.ts";

/** So often it is done again where another transaction was first, with the same idempotency key say. */
const MOST_TRIES = 3;

/**
 * Publishes in a transaction of the application's on a server: the message and its deliveries are there once it commits, and never
 * were if it rolls back. On an error nothing of the message is in the transaction, and the rest of it is as it was.
 */
export function publishRemotely(
  deps: Dependencies,
  transaction: RemoteTransaction,
  input: NewMessage,
): ResultAsync<Publication, PublishError> {
  if (!isObject(input)) return errAsync(invalidInput("message", "must be an object", input));
  return new ResultAsync(prepareMessage(deps, input)).andThen((message) =>
    attempt(deps, transaction, message, MOST_TRIES),
  );
}

function attempt(
  deps: Dependencies,
  transaction: RemoteTransaction,
  message: StoredMessage,
  triesLeft: number,
): ResultAsync<Publication, PublishError> {
  return transaction
    .nested((part) =>
      earlier(part, message).andThen((publication) =>
        publication === null ? append(deps, part, message) : okAsync(publication),
      ),
    )
    .orElse((error) => {
      const wasRaced = error.type === "StorageError" && error.reason === "locked" && triesLeft > 1;
      return wasRaced ? attempt(deps, transaction, message, triesLeft - 1) : errAsync(error);
    });
}

function earlier(part: TransactionPart, message: StoredMessage): ResultAsync<Publication | null, PublishError> {
  const { tenantId, idempotencyKey } = message;
  if (idempotencyKey === null) return okAsync(null);
  return part.findByIdempotencyKey(tenantId, idempotencyKey).andThen((found) => {
    if (found === null) return okAsync<Publication | null, PublishError>(null);
    return reusedKey(message, found, idempotencyKey)
      .asyncAndThen(() => part.readStream(streamId("message", found.messageId)))
      .map((events) => publicationOf(found.messageId, events));
  });
}

function append(
  deps: Dependencies,
  part: TransactionPart,
  message: StoredMessage,
): ResultAsync<Publication, PublishError> {
  return part.webhooks(message.tenantId).andThen((webhooks) => {
    // Read in the transaction that it is written in, so that no revision has to be checked.
    const { streams, publication } = planPublication(deps, message, { webhooks, revision: 0 });
    return part
      .append({ recordedAt: message.createdAt, streams, messages: [message] })
      .map(() => publication)
      .mapErr((error) =>
        error.type === "StorageError"
          ? error
          : storageError("locked", "another transaction has published what was not there a moment before", error),
      );
  });
}
