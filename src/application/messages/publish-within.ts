import { ok, type Result } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import type { OpenTransaction } from "../../ports/open-transaction.ts";
import { checkObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { refusedFor } from "../refused-append.ts";
import { answerOf } from "./earlier-publication.ts";
import { fitPayloadNow } from "./fit-payload.ts";
import { planPublication } from "./plan-publication.ts";
import { checkMessage, messageNames, messageOf, type NewMessage, type OutgoingMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import type { PublishError } from "./publish.ts";

/**
 * Publishes in a transaction of the application: the message and its deliveries exist once it commits, and never did if
 * it rolls back. On an error, nothing of the message is in the transaction, and the rest of it is as it was, unless the
 * database had to take back all of it.
 */
export function publishWithin(
  deps: Dependencies,
  transaction: OpenTransaction,
  input: NewMessage,
): Result<Publication, PublishError> {
  return checkObject("message", input, messageNames)
    .andThen(() => checkMessage(deps, input))
    .andThen((tenantId) =>
      fitPayloadNow(deps, input.event, input.payload).andThen((payload) =>
        messageOf(deps, input, { tenantId, payload }),
      ),
    )
    .andThen((outgoing) =>
      earlier(transaction, outgoing).andThen((publication) =>
        publication === null ? append(deps, transaction, outgoing) : ok(publication),
      ),
    );
}

function earlier(transaction: OpenTransaction, outgoing: OutgoingMessage): Result<Publication | null, PublishError> {
  const { tenantId, idempotencyKey } = outgoing.message;
  if (idempotencyKey === null) return ok(null);
  return transaction.findByIdempotencyKey(tenantId, idempotencyKey).andThen((found) => {
    if (found === null) return ok(null);
    return transaction
      .readStream(streamId("message", found.messageId))
      .andThen((events) => answerOf(outgoing, idempotencyKey, found, events));
  });
}

function append(
  deps: Dependencies,
  transaction: OpenTransaction,
  outgoing: OutgoingMessage,
): Result<Publication, PublishError> {
  const { message } = outgoing;
  return (
    transaction
      .webhooks(message.tenantId)
      // Read in the transaction that it is written in, so no revision has to be checked.
      .andThen((webhooks) => planPublication(deps, outgoing, webhooks))
      .andThen(({ streams, publication }) =>
        transaction
          .append({ recordedAt: message.createdAt, streams, messages: [message] })
          .map(() => {
            // The transaction ends before promises go on. If the application awaits inside it, the next poll finds the
            // deliveries.
            void Promise.resolve().then(() => deps.wakeUps.notify());
            return publication;
          })
          .mapErr((error) => refusedFor(error)),
      )
  );
}
