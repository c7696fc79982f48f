import type { Result, ResultAsync } from "neverthrow";
import { attributionNames, type Attribution } from "./application/attribution.ts";
import { checkObject, checkText, checkTexts } from "./application/check-arguments.ts";
import { listAttempts, listAttemptsOf, type Attempt } from "./application/deliveries/attempts.ts";
import { readBacklog, type Backlog } from "./application/deliveries/backlog.ts";
import { cancelDelivery, redeliver, type CancelError, type RedeliverError } from "./application/deliveries/by-hand.ts";
import type { Delivery } from "./application/deliveries/delivery.ts";
import { findDelivery } from "./application/deliveries/find-deliveries.ts";
import {
  listDeliveries,
  listingNames,
  type DeliveryListing,
  type DeliveryPage,
} from "./application/deliveries/list-deliveries.ts";
import {
  filterNames,
  replayNames,
  type ReplayFilter,
  type ReplayOptions,
  type ReplayProgress,
} from "./application/deliveries/replay-input.ts";
import { replayDeliveries, type ReplayError } from "./application/deliveries/replay.ts";
import type { Dependencies } from "./application/dependencies.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import type { DeliveryNotFound } from "./domain/delivery/index.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { ReadError } from "./ports/ledger-reader.ts";
import type { StorageError } from "./ports/storage-error.ts";

/** Looking into deliveries, and changing their course by hand. */
export interface Deliveries {
  get(deliveryId: string): ResultAsync<Delivery | null, StorageError | InvalidInput>;
  /** In the order of scheduling, or the newest first, page by page: pass a page's `next` as `after`. */
  list(listing?: DeliveryListing): ResultAsync<DeliveryPage, StorageError | InvalidInput>;
  /**
   * How much is pending, and how far the sending is behind, which is the time since `dueSince`. To be asked now and then, for a gauge: it
   * counts what is pending, and a million takes SQLite some 40 ms, PostgreSQL some 150.
   */
  backlog(): ResultAsync<Backlog, StorageError>;
  /** Every attempt whose outcome is known, in order. */
  attempts(deliveryId: string): ResultAsync<readonly Attempt[], ReadError | DeliveryNotFound | InvalidInput>;
  /**
   * The attempts of each of up to 1,000 deliveries, such as those of a page of `list`, by the delivery's id. A delivery that does not exist is not in the map. `DamagedEvent` where the history
   * of one of them cannot be read.
   */
  attemptsOf(
    deliveryIds: readonly string[],
  ): ResultAsync<ReadonlyMap<string, readonly Attempt[]>, ReadError | InvalidInput>;
  /**
   * Makes an exhausted or cancelled delivery pending again, with all its attempts before it. One that is pending stays as it is.
   * `DeliveryAlreadyDelivered`, `WebhookInactive` and `PayloadErased` where nothing is left to send, or nowhere to send it.
   */
  redeliver(deliveryId: string, options?: Attribution): ResultAsync<Delivery, RedeliverError>;
  /**
   * Makes exhausted and cancelled deliveries pending again, all that the filter lets through, each with all its attempts
   * before it. Skipped are deliveries of webhooks that are inactive or deleted, and those whose message was erased. They
   * are changed page by page, so that workers begin meanwhile, and each at most once: what is exhausted again stays so.
   *
   * With the state `missed` the filter's webhook is sent as well what was published while it was not active, each message once.
   *
   * `WebhookNotFound` or `WebhookInactive` if that is true of the filter's webhook; `DamagedEvent` where the ledger does not tell what it missed. After a `StorageError` (`closed` where
   * the instance was closed meanwhile) what was replayed before stays so, and another call takes up the rest.
   */
  replay(filter?: ReplayFilter, options?: ReplayOptions): ResultAsync<ReplayProgress, ReplayError>;
  /** Gives up a pending delivery. One that has ended stays as it is. */
  cancel(deliveryId: string, options?: Attribution): ResultAsync<Delivery, CancelError>;
}

/** Gives the use cases of deliveries their public form. */
export function deliveriesOf(deps: Dependencies, { track }: OpenCalls): Deliveries {
  return {
    get: (deliveryId) => checkDeliveryId(deliveryId).asyncAndThen((id) => track(findDelivery(deps, id))),
    list: (listing = {}) =>
      checkObject("listing", listing, listingNames).asyncAndThen((given) => track(listDeliveries(deps, given))),
    backlog: () => track(readBacklog(deps)),
    attempts: (deliveryId) => checkDeliveryId(deliveryId).asyncAndThen((id) => track(listAttempts(deps, id))),
    attemptsOf: (deliveryIds) =>
      checkTexts("deliveryIds", deliveryIds).asyncAndThen((ids) => track(listAttemptsOf(deps, ids))),
    redeliver: (deliveryId, options = {}) =>
      checkDeliveryId(deliveryId)
        .andThen(() => checkObject("options", options, attributionNames))
        .asyncAndThen((given) => track(redeliver(deps, deliveryId, given))),
    replay: (filter = {}, options = {}) =>
      checkObject("filter", filter, filterNames)
        .andThen(() => checkObject("options", options, replayNames))
        .asyncAndThen((given) => track(replayDeliveries(deps, filter, given))),
    cancel: (deliveryId, options = {}) =>
      checkDeliveryId(deliveryId)
        .andThen(() => checkObject("options", options, attributionNames))
        .asyncAndThen((given) => track(cancelDelivery(deps, deliveryId, given))),
  };
}

function checkDeliveryId(deliveryId: string): Result<string, InvalidInput> {
  return checkText("deliveryId", deliveryId);
}
