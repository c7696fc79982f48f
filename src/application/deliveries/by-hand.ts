import { errAsync, ok, okAsync, safeTry, type ResultAsync } from "neverthrow";
import {
  deliveryNotFound,
  type DeliveryCommand,
  type DeliveryNotFound,
  type DeliveryRefusal,
} from "../../domain/delivery/index.ts";
import { payloadErased, type PayloadErased } from "../../domain/message/index.ts";
import { webhookNotFound, type WebhookNotFound } from "../../domain/webhook/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { deliveryAggregate, toDelivery, type Delivery } from "./delivery.ts";

/** The webhook is not active, so nothing can be sent to it; activate it first. */
export interface WebhookInactive {
  readonly type: "WebhookInactive";
  readonly webhookId: string;
  readonly message: string;
}

export type CancelError = Exclude<DeliveryRefusal, { type: "NotScheduled" }> | DeliveryNotFound | ExecuteError;
export type RedeliverError = CancelError | WebhookNotFound | WebhookInactive | PayloadErased;

/** Gives up a pending delivery. One that is settled stays as it is. */
export function cancelDelivery(deps: Dependencies, deliveryId: string): ResultAsync<Delivery, CancelError> {
  return change(deps, deliveryId, { type: "CancelDelivery", data: { reason: "operator" } });
}

/**
 * Makes an exhausted or cancelled delivery pending again, due at once, with all attempts of its webhook's retry
 * config before it. One that is pending stays as it is; one that was delivered is refused.
 */
export function redeliver(deps: Dependencies, deliveryId: string): ResultAsync<Delivery, RedeliverError> {
  return safeTry(async function* () {
    const delivery = yield* requireDelivery(deps, deliveryId);
    const webhook = yield* deps.storage.webhooks.get(delivery.webhookId);
    if (webhook === null) return errAsync(webhookNotFound(delivery.webhookId));
    if (!webhook.active) return errAsync(webhookInactive(delivery.webhookId));
    const message = yield* deps.storage.messages.get(delivery.messageId);
    if (message !== null && message.erasedAt !== null) return errAsync(payloadErased(delivery.messageId));
    return ok(yield* change(deps, deliveryId, { type: "RequestRedelivery", data: { now: deps.clock.now() } }));
  });
}

function change(deps: Dependencies, deliveryId: string, command: DeliveryCommand): ResultAsync<Delivery, CancelError> {
  return execute(deps, deliveryAggregate, deliveryId, [command])
    .mapErr((error): CancelError => (error.type === "NotScheduled" ? deliveryNotFound(deliveryId) : error))
    .andThen(() => requireDelivery(deps, deliveryId))
    .andTee(() => deps.wakeUps.notify());
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

export function webhookInactive(webhookId: string): WebhookInactive {
  const message = `the webhook ${webhookId} is not active; activate it, then redeliver`;
  return { type: "WebhookInactive", webhookId, message };
}
