import type { PendingDelivery } from "../../domain/delivery/index.ts";

type Addressed = Pick<PendingDelivery, "deliveryId" | "webhookId">;

/** How many attempts a worker makes at once: in all, and to one webhook. */
export interface Slots {
  free(): number;
  taken(): number;
  fullWebhooks(): readonly string[];
  /** Takes a slot for the delivery, if its webhook has one left. */
  take(delivery: Addressed): boolean;
  /** Keeps the delivery's slot until `attempt` is over, then frees it and calls `freed`. */
  occupy(delivery: Addressed, attempt: Promise<void>, freed: () => void): void;
  /** Resolves when every attempt that is under way is over. */
  drained(): Promise<void>;
}

export function createSlots(concurrency: number, perWebhookConcurrency: number): Slots {
  const taken = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let total = 0;

  function change(webhookId: string, by: 1 | -1): void {
    total += by;
    const count = (taken.get(webhookId) ?? 0) + by;
    if (count === 0) taken.delete(webhookId);
    else taken.set(webhookId, count);
  }

  return {
    free: () => concurrency - total,
    taken: () => total,
    fullWebhooks: () =>
      [...taken].filter(([, count]) => count >= perWebhookConcurrency).map(([webhookId]) => webhookId),
    take({ webhookId }) {
      if (total >= concurrency || (taken.get(webhookId) ?? 0) >= perWebhookConcurrency) return false;
      change(webhookId, 1);
      return true;
    },
    occupy({ webhookId }, attempt, freed) {
      const over = attempt.finally(() => {
        underWay.delete(over);
        change(webhookId, -1);
        freed();
      });
      underWay.add(over);
    },
    async drained() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
