import type { EpochMs } from "../../domain/instant.ts";
import type { Claim, ClaimedDelivery, DeliveryQueue, QueueScope } from "../../ports/delivery-queue.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createDeliveryQueue(state: State, door: Door): DeliveryQueue {
  return {
    claim: (claim) => door.enter(() => lease(state, claim)),
    release: (owner, deliveryIds) =>
      door.enter(() => {
        for (const deliveryId of deliveryIds) {
          if (state.leases.get(deliveryId)?.owner === owner) state.leases.delete(deliveryId);
        }
      }),
    nextDueAt: (scope = {}) =>
      door.enter(() => {
        let earliest: EpochMs | null = null;
        for (const claimable of inScope(state, scope)) {
          const at = availableAt(state, claimable);
          if (earliest === null || at < earliest) earliest = at;
        }
        return earliest;
      }),
  };
}

function lease(state: State, { owner, now, leaseUntil, limit, scope = {} }: Claim): readonly ClaimedDelivery[] {
  const available = inScope(state, scope).filter((claimable) => availableAt(state, claimable) <= now);
  const claimed = available.sort(byDueTime).slice(0, limit);
  for (const { delivery } of claimed) state.leases.set(delivery.deliveryId, { owner, until: leaseUntil });
  return claimed;
}

function inScope({ projected: { pending } }: State, { deliveryIds, exceptWebhookIds }: QueueScope): ClaimedDelivery[] {
  const candidates =
    deliveryIds === undefined
      ? [...pending.values()]
      : [...new Set(deliveryIds)].flatMap((id) => pending.get(id) ?? []);
  if (exceptWebhookIds === undefined) return candidates;
  const excepted = new Set(exceptWebhookIds);
  return candidates.filter(({ delivery }) => !excepted.has(delivery.webhookId));
}

/** When it is both due and free. */
function availableAt({ leases }: State, { delivery: { deliveryId, dueAt } }: ClaimedDelivery): EpochMs {
  const held = leases.get(deliveryId);
  return held === undefined ? dueAt : Math.max(dueAt, held.until);
}

function byDueTime({ delivery: left }: ClaimedDelivery, { delivery: right }: ClaimedDelivery): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt;
  return left.deliveryId < right.deliveryId ? -1 : 1;
}
