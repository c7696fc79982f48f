import type { ResultAsync } from "neverthrow";
import { checkObject, checkText } from "./application/check-arguments.ts";
import type { Delivery } from "./application/deliveries/delivery.ts";
import type { Dependencies } from "./application/dependencies.ts";
import {
  eraseMessages,
  erasureNames,
  type Erased,
  type EraseError,
  type Erasure,
} from "./application/messages/erase.ts";
import { findMessage, type PublishedMessage } from "./application/messages/find-message.ts";
import {
  listMessages,
  messageListingNames,
  type MessageListing,
  type MessagePage,
} from "./application/messages/list-messages.ts";
import { resendingNames, resendMessage, type ResendError, type Resending } from "./application/messages/resend.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { StorageError } from "./ports/storage-error.ts";

/** The payloads of messages, which are not in the ledger. */
export interface Messages {
  /**
   * Returns the message as it was published, payload included; null if there is none, for example after `ledger.prune`.
   * The id is the one that `publish` answered, and the `messageId` of the message's deliveries.
   */
  get(messageId: string): ResultAsync<PublishedMessage | null, StorageError | InvalidInput>;
  /**
   * Lists the messages about a subject, page by page, in the order of publishing or the newest first: pass a page's
   * `next` as `after`. Erased messages have no subject.
   */
  list(listing: MessageListing): ResultAsync<MessagePage, StorageError | InvalidInput>;
  /**
   * Removes payloads for good, from the database's files as well, together with what receivers answered to them. The
   * ledger records that they were erased. Pending deliveries are cancelled; an attempt that is under way may still
   * arrive. With a `messageId` no tenant is named: `InvalidInput` if one is.
   *
   * `StorageError` `locked` if somebody else goes on reading the database: the payloads are erased, but not yet out of
   * the files; make the same call again to remove them there. If one of several messages cannot be erased because its
   * events are damaged, the others are erased, and its error is the answer.
   */
  erase(erasure: Erasure): ResultAsync<Erased, EraseError>;
  /**
   * Sends a message to a webhook of its tenant, again or for the first time, whatever the webhook has subscribed to and
   * whatever became of the message there. The new delivery has the same `webhook-id`, so a receiver that ignores
   * repeats ignores it if it has already handled the message. If a delivery of the message to the webhook is already
   * pending, that delivery is the answer.
   *
   * `MessageNotFound`, `PayloadErased`, `WebhookNotFound` or `WebhookInactive` if there is nothing left to send, or
   * nowhere to send it.
   */
  resend(resending: Resending): ResultAsync<Delivery, ResendError>;
}

/** Gives the use cases of published messages their public form. */
export function messagesOf(deps: Dependencies, { track }: OpenCalls): Messages {
  return {
    get: (messageId) => checkText("messageId", messageId).asyncAndThen((id) => track(findMessage(deps, id))),
    list: (listing) =>
      checkObject("listing", listing, messageListingNames).asyncAndThen((given) => track(listMessages(deps, given))),
    erase: (erasure) =>
      checkObject("erasure", erasure, erasureNames).asyncAndThen((given) => track(eraseMessages(deps, given))),
    resend: (resending) =>
      checkObject("resending", resending, resendingNames).asyncAndThen((given) => track(resendMessage(deps, given))),
  };
}
