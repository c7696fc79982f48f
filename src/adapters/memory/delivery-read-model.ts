import { byDueTime } from "../../domain/delivery/index.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { DeliveryFilter, DeliveryReadModel } from "../../ports/delivery-read-model.ts";
import type { Door } from "./door.ts";
import type { ProjectedState, State } from "./state.ts";

export function createDeliveryReadModel({ projected }: State, door: Door): DeliveryReadModel {
  return {
    get: (deliveryId) => door.enter(() => projected.deliveries.get(deliveryId) ?? null),
    list: (filter) => door.enterInTurn(() => page(projected, filter)),
    listPending: (webhookId, after, limit) =>
      door.enter(() =>
        [...projected.pending.values()]
          .map(({ delivery }) => delivery)
          .filter((delivery) => delivery.webhookId === webhookId && (after === null || byDueTime(delivery, after) > 0))
          .sort(byDueTime)
          .slice(0, limit)
          .flatMap(({ deliveryId }) => projected.deliveries.get(deliveryId) ?? []),
      ),
  };
}

function page({ deliveries, deliveryIds }: ProjectedState, filter: DeliveryFilter): readonly DeliveryView[] {
  const found: DeliveryView[] = [];
  const { after, newestFirst = false } = filter;
  for (const deliveryId of newestFirst ? deliveryIds.before(after) : deliveryIds.after(after)) {
    if (found.length >= filter.limit) break;
    const delivery = deliveries.get(deliveryId);
    if (delivery !== undefined && passes(delivery, filter)) found.push(delivery);
  }
  return found;
}

function passes(delivery: DeliveryView, { webhookIds, messageId, states }: DeliveryFilter): boolean {
  return (
    (webhookIds === undefined || webhookIds.includes(delivery.webhookId)) &&
    (messageId === undefined || delivery.messageId === messageId) &&
    (states === undefined || states.includes(delivery.state))
  );
}
