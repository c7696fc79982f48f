import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";

/** What a worker has under way, and how much more it may take up: in all, and to one webhook. */
export interface Slots {
  readonly concurrency: number;
  readonly perWebhookConcurrency: number;
  /** How many more exchanges may begin. */
  free(): number;
  /** How many exchanges are under way, by webhook. */
  underWay(): ReadonlyMap<string, number>;
  fullWebhooks(): readonly string[];
  /** Takes a slot for the delivery's exchange. Until `recorded` is over too, the delivery is held. */
  take(claimed: ClaimedDelivery, recorded: Promise<void>): void;
  /** The exchange is over; its outcome is still to be recorded. */
  freeSlot(claimed: ClaimedDelivery): void;
  /** The ids of the deliveries that are claimed and not recorded yet. */
  held(): readonly string[];
  /** Resolves when nothing is held. */
  drained(): Promise<void>;
}

/** @param changed - called when a slot becomes free, and when a delivery is held no more */
export function createSlots(concurrency: number, perWebhookConcurrency: number, changed: () => void): Slots {
  const counts = new Map<string, number>();
  const held = new Map<string, Promise<void>>();
  let total = 0;

  function count(webhookId: string, by: 1 | -1): void {
    total += by;
    const present = (counts.get(webhookId) ?? 0) + by;
    if (present === 0) counts.delete(webhookId);
    else counts.set(webhookId, present);
  }

  return {
    concurrency,
    perWebhookConcurrency,
    // Outcomes that the storage does not take may not pile up.
    free: () => Math.min(concurrency - total, 2 * concurrency - held.size),
    underWay: () => counts,
    fullWebhooks: () =>
      [...counts].filter(([, present]) => present >= perWebhookConcurrency).map(([webhookId]) => webhookId),
    take({ delivery: { deliveryId, webhookId } }, recorded) {
      count(webhookId, 1);
      const over = recorded.finally(() => {
        if (held.get(deliveryId) === over) held.delete(deliveryId);
        changed();
      });
      held.set(deliveryId, over);
    },
    freeSlot({ delivery: { webhookId } }) {
      count(webhookId, -1);
      changed();
    },
    held: () => [...held.keys()],
    async drained() {
      while (held.size > 0) await Promise.all(held.values());
    },
  };
}
