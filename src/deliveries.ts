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

/** Inspects deliveries, and changes their course by hand. */
export interface Deliveries {
  /** Returns the delivery; null if there is none. */
  get(deliveryId: string): ResultAsync<Delivery | null, StorageError | InvalidInput>;
  /** Lists deliveries page by page, in the order of scheduling or the newest first: pass a page's `next` as `after`. */
  list(listing?: DeliveryListing): ResultAsync<DeliveryPage, StorageError | InvalidInput>;
  /**
   * Tells how much is pending, and how far the sending is behind, which is the time since `dueSince`. Ask now and then,
   * for a gauge: it counts what is pending, and a million takes SQLite some 40 ms, PostgreSQL some 150.
   */
  backlog(): ResultAsync<Backlog, StorageError>;
  /**
   * Returns every attempt whose outcome is known, in order. `DeliveryNotFound` if there is no such delivery;
   * `DamagedEvent` if its history cannot be read.
   */
  attempts(deliveryId: string): ResultAsync<readonly Attempt[], ReadError | DeliveryNotFound | InvalidInput>;
  /**
   * Returns the attempts of each of up to 1,000 deliveries, such as those of a page of `list`, by the delivery's id. A
   * delivery that does not exist is not in the map. `DamagedEvent` if the history of one of them cannot be read.
   */
  attemptsOf(
    deliveryIds: readonly string[],
  ): ResultAsync<ReadonlyMap<string, readonly Attempt[]>, ReadError | InvalidInput>;
  /**
   * Makes a delivery that is exhausted, cancelled or waiting for a retry due at once, with all attempts of its
   * webhook's retry config ahead of it. One that is due or under way stays as it is. `DeliveryAlreadyDelivered`,
   * `WebhookNotFound`, `WebhookInactive` or `PayloadErased` if there is nothing left to send, or nowhere to send it;
   * `DeliveryNotFound` if there is no such delivery.
   */
  redeliver(deliveryId: string, options?: Attribution): ResultAsync<Delivery, RedeliverError>;
  /**
   * Makes all exhausted and cancelled deliveries that match the filter pending again, each with all attempts of its
   * webhook's retry config ahead of it. Skips deliveries of webhooks that are inactive or deleted, and those whose
   * message was erased. Goes page by page, so that workers can begin meanwhile, and replays each delivery at most once:
   * one that is exhausted again stays so.
   *
   * With the state `pending`, also makes due at once what waits for a retry and is not under way.
   *
   * With the state `missed`, also sends the filter's webhook what was published while it was not active, each message
   * once.
   *
   * `WebhookNotFound` or `WebhookInactive` if that is true of the filter's webhook; `DamagedEvent` if the ledger cannot
   * tell what it missed. After a `StorageError` (`closed` if the instance was closed meanwhile) what was replayed stays
   * so; call again for the rest.
   */
  replay(filter?: ReplayFilter, options?: ReplayOptions): ResultAsync<ReplayProgress, ReplayError>;
  /** Cancels a pending delivery. One that has ended stays as it is. `DeliveryNotFound` if there is no such delivery. */
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
