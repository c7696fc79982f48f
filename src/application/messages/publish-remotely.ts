import { errAsync, okAsync, ResultAsync } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import type { IdempotencyKeyTaken } from "../../ports/ledger-writer.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { publicationOf, reusedKey } from "./earlier-publication.ts";
import { planPublication } from "./plan-publication.ts";
import { messageNames, prepareMessage, type NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import { webhooksChangeOn, type PublishError } from "./publish.ts";

/**
 * Publishes in a transaction of the application's on a server: the message and its deliveries are there once it commits, and never
 * were if it rolls back. On an error nothing of the message is in the transaction. The rest of it is as it was, unless the server has failed.
 */
export function publishRemotely(
  deps: Dependencies,
  transaction: RemoteTransaction,
  input: NewMessage,
): ResultAsync<Publication, PublishError> {
  return checkObject("message", input, messageNames).asyncAndThen((given) => {
    const prepared = new ResultAsync(prepareMessage(deps, given));
    return transaction.inTurn(prepared, (part, message) => publishBy(deps, part, message, MOST_TRIES));
  });
}

function publishBy(
  deps: Dependencies,
  part: TransactionPart,
  message: StoredMessage,
  triesLeft: number,
): ResultAsync<Publication, PublishError> {
  return earlier(part, message).andThen((publication) =>
    publication === null
      ? append(deps, part, message).orElse((error) => {
          if (error.type !== "IdempotencyKeyTaken") return errAsync(error);
          // Another publisher was first with this key: its publication is the answer.
          return triesLeft > 1 ? publishBy(deps, part, message, triesLeft - 1) : errAsync(webhooksChangeOn());
        })
      : okAsync(publication),
  );
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
): ResultAsync<Publication, StorageError | IdempotencyKeyTaken> {
  return part.webhooks(message.tenantId).andThen((webhooks) => {
    // Read in the transaction that it is written in, so that no revision has to be checked.
    const { streams, publication } = planPublication(deps, message, { webhooks, revision: 0 });
    return part
      .append({ recordedAt: message.createdAt, streams, messages: [message] })
      .map(() => publication)
      .mapErr((error) => refusedFor(error, "IdempotencyKeyTaken"));
  });
}
