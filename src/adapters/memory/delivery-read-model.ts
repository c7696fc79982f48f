import { byDueTime } from "../../domain/delivery/index.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { DeliveryFilter, DeliveryReadModel, EndedFilter } from "../../ports/delivery-read-model.ts";
import type { Door } from "./door.ts";
import type { ProjectedState, State } from "./state.ts";

export function createDeliveryReadModel({ projected }: State, door: Door): DeliveryReadModel {
  return {
    get: (deliveryId) => door.enter(() => projected.deliveries.get(deliveryId) ?? null),
    list: (filter) => door.enter(() => page(projected, filter, passes)),
    listEnded: (filter) => door.enter(() => page(projected, filter, hasEnded)),
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

type Page = Pick<DeliveryFilter, "after" | "newestFirst" | "limit">;

function page<Filter extends Page>(
  { deliveries, deliveryIds }: ProjectedState,
  filter: Filter,
  isWanted: (delivery: DeliveryView, filter: Filter) => boolean,
): readonly DeliveryView[] {
  const found: DeliveryView[] = [];
  const { after, newestFirst = false } = filter;
  for (const deliveryId of newestFirst ? deliveryIds.before(after) : deliveryIds.after(after)) {
    if (found.length >= filter.limit) break;
    const delivery = deliveries.get(deliveryId);
    if (delivery !== undefined && isWanted(delivery, filter)) found.push(delivery);
  }
  return found;
}

function passes(delivery: DeliveryView, { webhookIds, messageId, state }: DeliveryFilter): boolean {
  return (
    (webhookIds === undefined || webhookIds.includes(delivery.webhookId)) &&
    (messageId === undefined || delivery.messageId === messageId) &&
    (state === undefined || delivery.state === state)
  );
}

function hasEnded(delivery: DeliveryView, { webhookId, states }: EndedFilter): boolean {
  const isWanted = states.some((state) => state === delivery.state);
  return isWanted && (webhookId === undefined || delivery.webhookId === webhookId);
}
