import { ok, type Result } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import type { OpenTransaction } from "../../ports/open-transaction.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import { checkObject } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { refusedFor } from "../refused-append.ts";
import { publicationOf, reusedKey } from "./earlier-publication.ts";
import { fitPayloadNow } from "./fit-payload.ts";
import { planPublication } from "./plan-publication.ts";
import { checkMessage, messageNames, messageOf, type NewMessage } from "./prepare-message.ts";
import type { Publication } from "./publication.ts";
import type { PublishError } from "./publish.ts";

/**
 * Publishes in a transaction of the application's: the message and its deliveries are there once it commits, and never were if
 * it rolls back. On an error nothing of the message is in the transaction, and the rest of it is as it was.
 */
export function publishWithin(
  deps: Dependencies,
  transaction: OpenTransaction,
  input: NewMessage,
): Result<Publication, PublishError> {
  return checkObject("message", input, messageNames)
    .andThen(() => checkMessage(deps, input))
    .andThen(() => fitPayloadNow(deps, input.event, input.payload))
    .andThen((payload) => messageOf(deps, input, payload))
    .andThen((message) =>
      earlier(transaction, message).andThen((publication) =>
        publication === null ? append(deps, transaction, message) : ok(publication),
      ),
    );
}

function earlier(transaction: OpenTransaction, message: StoredMessage): Result<Publication | null, PublishError> {
  const { tenantId, idempotencyKey } = message;
  if (idempotencyKey === null) return ok(null);
  return transaction.findByIdempotencyKey(tenantId, idempotencyKey).andThen((found) => {
    if (found === null) return ok(null);
    return reusedKey(message, found, idempotencyKey)
      .andThen(() => transaction.readStream(streamId("message", found.messageId)))
      .map((events) => publicationOf(found.messageId, events));
  });
}

function append(
  deps: Dependencies,
  transaction: OpenTransaction,
  message: StoredMessage,
): Result<Publication, PublishError> {
  return transaction.webhooks(message.tenantId).andThen((webhooks) => {
    // Read in the transaction that it is written in, so that no revision has to be checked.
    const { streams, publication } = planPublication(deps, message, { webhooks, revision: 0 });
    return transaction
      .append({ recordedAt: message.createdAt, streams, messages: [message] })
      .map(() => {
        // The transaction ends before promises go on, unless the application awaits in it: then the next poll finds the deliveries.
        void Promise.resolve().then(() => deps.wakeUps.notify());
        return publication;
      })
      .mapErr((error) => refusedFor(error));
  });
}
