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
import { resendingNames, resendMessage, type ResendError, type Resending } from "./application/messages/resend.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { StorageError } from "./ports/storage-error.ts";

/** The messages' payloads, which are not in the ledger. */
export interface Messages {
  /** The message as it was published, payload included; null where there is none, as after `ledger.prune`. */
  get(messageId: string): ResultAsync<PublishedMessage | null, StorageError | InvalidInput>;
  /**
   * Removes payloads for good, from the database's files as well, with what receivers answered to them; the ledger tells
   * that they were erased. Pending deliveries are cancelled; an attempt that is under way may still arrive.
   *
   * Where somebody else goes on reading the database, it answers a `StorageError` that is `locked`: the payloads
   * are erased then, but not yet out of the files, and the same call will see to it. Where one of several messages cannot
   * be erased, as its events are damaged, the others are, and its error is the answer.
   */
  erase(erasure: Erasure): ResultAsync<Erased, EraseError>;
  /**
   * Sends it to a webhook of its tenant once more, or for the first time, whatever that has subscribed to and whatever became of it there: as a
   * delivery of its own, with the same `webhook-id`, so that a receiver which ignores repeats ignores this one where it has handled the message.
   * Where it is on its way there already, that delivery is the answer.
   *
   * `MessageNotFound`, `PayloadErased`, `WebhookNotFound` and `WebhookInactive` where there is nothing left to send, or nowhere to send it.
   */
  resend(resending: Resending): ResultAsync<Delivery, ResendError>;
}

/** Gives the use cases of messages that were published their public form. */
export function messagesOf(deps: Dependencies, { track }: OpenCalls): Messages {
  return {
    get: (messageId) => checkText("messageId", messageId).asyncAndThen((id) => track(findMessage(deps, id))),
    erase: (erasure) =>
      checkObject("erasure", erasure, erasureNames).asyncAndThen((given) => track(eraseMessages(deps, given))),
    resend: (resending) =>
      checkObject("resending", resending, resendingNames).asyncAndThen((given) => track(resendMessage(deps, given))),
  };
}
