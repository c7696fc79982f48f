import { err, errAsync, ok, safeTry, type ResultAsync } from "neverthrow";
import {
  deliveryNotFound,
  type DeliveryAlreadyDelivered,
  type DeliveryCommand,
  type DeliveryNotFound,
  type DeliveryRefusal,
} from "../../domain/delivery/index.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import { payloadErased, type PayloadErased } from "../../domain/message/index.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { WebhookInactive, WebhookNotFound } from "../../domain/webhook/index.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type Accompaniment, type ExecuteError } from "../execute.ts";
import { MOST_TRIES, neverRefused } from "../refused-append.ts";
import { requireActive } from "../webhooks/find-webhooks.ts";
import { fencesOf } from "./change-deliveries.ts";
import { deliveryAggregate, type Delivery } from "./delivery.ts";
import { requireDelivery } from "./find-deliveries.ts";
import { lookForErased } from "./look-for-erased.ts";

export type CancelError = InvalidInput | DeliveryNotFound | ExecuteError;
export type RedeliverError = CancelError | DeliveryAlreadyDelivered | WebhookNotFound | WebhookInactive | PayloadErased;

/** Cancels a pending delivery. One that is settled stays as it is. */
export function cancelDelivery(
  deps: Dependencies,
  deliveryId: string,
  { actor }: Attribution,
): ResultAsync<Delivery, CancelError> {
  return actorMetadata(actor).asyncAndThen((metadata) =>
    change(deps, deliveryId, { type: "CancelDelivery", data: { reason: "operator" } }, { metadata }).mapErr((error) =>
      error.type === "DeliveryAlreadyDelivered" ? neverRefused(error) : error,
    ),
  );
}

/**
 * Makes a delivery that is exhausted, cancelled or waiting for a retry due at once, with all attempts of its webhook's
 * retry config ahead of it. One that is due, or that a worker has, stays as it is. One that was delivered is refused:
 * `DeliveryAlreadyDelivered`.
 */
export function redeliver(
  deps: Dependencies,
  deliveryId: string,
  { actor }: Attribution,
): ResultAsync<Delivery, RedeliverError> {
  return actorMetadata(actor).asyncAndThen((metadata) => tryToRedeliver(deps, deliveryId, metadata, MOST_TRIES));
}

function tryToRedeliver(
  deps: Dependencies,
  deliveryId: string,
  metadata: EventMetadata,
  triesLeft: number,
): ResultAsync<Delivery, RedeliverError> {
  const redelivered = safeTry<Delivery, RedeliverError>(async function* () {
    const delivery = yield* requireDelivery(deps, deliveryId);
    yield* requireActive(deps, delivery.webhookId);
    const { erased, restsOn } = yield* await lookForErased(deps, [delivery.messageId]);
    if (erased.size > 0) return err(payloadErased(delivery.messageId));
    const command: DeliveryCommand = { type: "RequestRedelivery", data: { now: deps.clock.now() } };
    const fences = fencesOf(command, deliveryId);
    return ok(yield* change(deps, deliveryId, command, { metadata, restsOn, fences }));
  });
  return redelivered.orElse((error) =>
    error.type === "VersionConflict" && triesLeft > 1
      ? tryToRedeliver(deps, deliveryId, metadata, triesLeft - 1)
      : errAsync(error),
  );
}

function change(
  deps: Dependencies,
  deliveryId: string,
  command: DeliveryCommand,
  accompaniment: Accompaniment,
): ResultAsync<Delivery, CancelError | DeliveryAlreadyDelivered> {
  return execute(deps, deliveryAggregate, deliveryId, [command], accompaniment)
    .mapErr((error) => refusedChange(error, deliveryId))
    .andTee(() => deps.wakeUps.notify())
    .andThen(() => requireDelivery(deps, deliveryId));
}

function refusedChange(
  error: DeliveryRefusal | ExecuteError,
  deliveryId: string,
): ExecuteError | DeliveryNotFound | DeliveryAlreadyDelivered {
  switch (error.type) {
    case "NotScheduled":
      return deliveryNotFound(deliveryId);
    case "DeliveryAlreadyScheduled":
    case "AttemptOutOfOrder":
      return neverRefused(error);
    case "DeliveryAlreadyDelivered":
    case "DamagedEvent":
    case "StorageError":
    case "VersionConflict":
      return error;
  }
}
