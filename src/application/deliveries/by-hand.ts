import { errAsync, ok, okAsync, safeTry, type ResultAsync } from "neverthrow";
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
import { execute, type ExecuteError } from "../execute.ts";
import { neverRefused } from "../refused-append.ts";
import { requireActive } from "../webhooks/find-webhooks.ts";
import { deliveryAggregate, toDelivery, type Delivery } from "./delivery.ts";

export type CancelError = InvalidInput | DeliveryNotFound | ExecuteError;
export type RedeliverError = CancelError | DeliveryAlreadyDelivered | WebhookNotFound | WebhookInactive | PayloadErased;

/** Gives up a pending delivery. One that is settled stays as it is. */
export function cancelDelivery(
  deps: Dependencies,
  deliveryId: string,
  { actor }: Attribution,
): ResultAsync<Delivery, CancelError> {
  return actorMetadata(actor).asyncAndThen((metadata) =>
    change(deps, deliveryId, { type: "CancelDelivery", data: { reason: "operator" } }, metadata).mapErr((error) =>
      error.type === "DeliveryAlreadyDelivered" ? neverRefused(error) : error,
    ),
  );
}

/**
 * Makes an exhausted or cancelled delivery pending again, due at once, with all attempts of its webhook's retry
 * config before it. One that is pending stays as it is; one that was delivered is refused.
 */
export function redeliver(
  deps: Dependencies,
  deliveryId: string,
  { actor }: Attribution,
): ResultAsync<Delivery, RedeliverError> {
  return safeTry(async function* () {
    const metadata = yield* actorMetadata(actor);
    const delivery = yield* requireDelivery(deps, deliveryId);
    yield* requireActive(deps, delivery.webhookId);
    const message = yield* deps.storage.messages.get(delivery.messageId);
    if (message !== null && message.erasedAt !== null) return errAsync(payloadErased(delivery.messageId));
    const command: DeliveryCommand = { type: "RequestRedelivery", data: { now: deps.clock.now() } };
    return ok(yield* change(deps, deliveryId, command, metadata));
  });
}

function change(
  deps: Dependencies,
  deliveryId: string,
  command: DeliveryCommand,
  metadata: EventMetadata,
): ResultAsync<Delivery, CancelError | DeliveryAlreadyDelivered> {
  return execute(deps, deliveryAggregate, deliveryId, [command], { metadata })
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

function requireDelivery(
  { storage }: Pick<Dependencies, "storage">,
  deliveryId: string,
): ResultAsync<Delivery, ExecuteError | DeliveryNotFound> {
  return storage.deliveries
    .get(deliveryId)
    .andThen((view): ResultAsync<Delivery, DeliveryNotFound> =>
      view === null ? errAsync(deliveryNotFound(deliveryId)) : okAsync(toDelivery(view)),
    );
}
