import { errAsync, okAsync, ResultAsync } from "neverthrow";
import type { IdempotencyKeyTaken } from "../../ports/ledger-writer.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { earlierPublication } from "./earlier-publication.ts";
import { planPublication, type PlanError } from "./plan-publication.ts";
import { messageNames, prepareMessage, type NewMessage, type OutgoingMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import { webhooksChangeOn, type PublishError } from "./publish.ts";

/**
 * Publishes in a transaction of the application on a server: the message and its deliveries exist once it commits, and
 * never did if it rolls back. On an error, nothing of the message is in the transaction, and the rest of it is as it
 * was, unless the server has failed.
 */
export function publishRemotely(
  deps: Dependencies,
  transaction: RemoteTransaction,
  input: NewMessage,
): ResultAsync<Publication, PublishError> {
  return checkObject("message", input, messageNames).asyncAndThen((given) => {
    const prepared = new ResultAsync(prepareMessage(deps, given));
    return transaction.inTurn(prepared, (part, outgoing) => publishBy(deps, part, outgoing, MOST_TRIES));
  });
}

function publishBy(
  deps: Dependencies,
  part: TransactionPart,
  outgoing: OutgoingMessage,
  triesLeft: number,
): ResultAsync<Publication, PublishError> {
  return earlierPublication(part, part, outgoing).andThen((publication) =>
    publication === null
      ? append(deps, part, outgoing).orElse((error) => {
          if (error.type !== "IdempotencyKeyTaken") return errAsync(error);
          // Another publisher was first with this key: its publication is the answer.
          return triesLeft > 1 ? publishBy(deps, part, outgoing, triesLeft - 1) : errAsync(webhooksChangeOn());
        })
      : okAsync(publication),
  );
}

function append(
  deps: Dependencies,
  part: TransactionPart,
  outgoing: OutgoingMessage,
): ResultAsync<Publication, PlanError | StorageError | IdempotencyKeyTaken> {
  const { message } = outgoing;
  return (
    part
      .webhooks(message.tenantId)
      // Read in the transaction that it is written in, so no revision has to be checked.
      .andThen((webhooks) => planPublication(deps, outgoing, webhooks))
      .andThen(({ streams, publication }) =>
        part
          .append({ recordedAt: message.createdAt, streams, messages: [message] })
          .map(() => publication)
          .mapErr((error) => refusedFor(error, "IdempotencyKeyTaken")),
      )
  );
}
