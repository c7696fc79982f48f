import {
  deliveryState,
  deliveryView,
  isDeliveryEvent,
  isWebhookEvent,
  webhookView,
  type DeliveryView,
  type RecordedEvent,
} from "../../domain/ledger/index.ts";
import type { Claimable, ProjectedState } from "./state.ts";

/** Rebuilds the row of one stream from all of its events: a stream has only a few. */
export function project(projected: ProjectedState, stream: readonly RecordedEvent[]): void {
  projectWebhook(projected, stream);
  projectDelivery(projected, stream);
}

function projectWebhook({ webhooks }: ProjectedState, stream: readonly RecordedEvent[]): void {
  const events = stream.filter(isWebhookEvent);
  const row = webhookView(events);
  if (row !== null) webhooks.set(row.webhookId, Object.freeze(row));
  else for (const { type, data } of events) if (type === "WebhookRegistered") webhooks.delete(data.webhookId);
}

function projectDelivery({ deliveries, deliveryIds, pending }: ProjectedState, stream: readonly RecordedEvent[]): void {
  const row = deliveryView(stream.filter(isDeliveryEvent));
  if (row === null) return;
  const { deliveryId } = row;
  deliveries.set(deliveryId, Object.freeze(row));
  deliveryIds.add(deliveryId);
  const claimable = toClaimable(row);
  if (claimable === null) pending.delete(deliveryId);
  else pending.set(deliveryId, claimable);
}

function toClaimable(row: DeliveryView): Claimable | null {
  const delivery = deliveryState(row);
  if (delivery.status !== "pending") return null;
  return Object.freeze({ delivery: Object.freeze(delivery), version: row.version });
}
