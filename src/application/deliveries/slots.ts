import { createBag } from "../../domain/bag.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { createWakeUps, type WakeUps } from "../wake-ups.ts";

/** What a worker has under way, and how much more it may take up: in all, and for one webhook. */
export interface Slots {
  /** Notified when a slot becomes free, and when a delivery is no longer held. */
  readonly changes: WakeUps;
  /** Notified when a claim may begin after all: not at each slot that becomes free while another claim is under way. */
  readonly claimable: WakeUps;
  readonly perWebhookConcurrency: number;
  /** How many more exchanges may begin. */
  free(): number;
  /**
   * Whether a claim may begin now. A slot must be free, and no other claim under way: it is unknown how many slots that
   * one will take.
   */
  beginClaim(): boolean;
  /** Ends a claim when it is known what it has found. Each delivery found has a slot from now on. */
  endClaim(found: readonly ClaimedDelivery[]): void;
  /** How many slots are taken, by webhook. */
  underWay(): ReadonlyMap<string, number>;
  fullWebhooks(): readonly string[];
  /** Gives up deliveries that a claim has found: there will be no attempt at them. */
  abandon(found: readonly ClaimedDelivery[]): void;
  /**
   * Notes that an attempt has begun at a delivery claimed by `owner`. The delivery is held until `recorded` settles.
   */
  hold(owner: string, claimed: ClaimedDelivery, recorded: Promise<void>): void;
  /** Frees the slot when the exchange is over. Its outcome is still to be recorded. */
  freeSlot(claimed: ClaimedDelivery): void;
  /** The ids of the deliveries whose attempt has begun and is not recorded yet, by the owners of their leases. */
  held(): ReadonlyMap<string, readonly string[]>;
  /** Resolves when `owner` holds nothing. */
  drained(owner: string): Promise<void>;
}

interface Held {
  readonly owner: string;
  readonly deliveryId: string;
  readonly over: Promise<void>;
}

export function createSlots(concurrency: number, perWebhookConcurrency: number): Slots {
  const changes = createWakeUps();
  const claimable = createWakeUps();
  const counts = new Map<string, number>();
  const held = createBag<Held>();
  let total = 0;
  /** How many are yet to be held or abandoned. */
  let found = 0;
  let claiming = false;

  function count(webhookId: string, by: 1 | -1): void {
    total += by;
    const present = (counts.get(webhookId) ?? 0) + by;
    if (present === 0) counts.delete(webhookId);
    else counts.set(webhookId, present);
  }

  /** Bounded by what is held as well, so that outcomes the storage does not take cannot pile up. */
  const free = () => Math.min(concurrency - total, 2 * concurrency - held.size - found);

  const mayClaim = () => !claiming && free() > 0;

  function changed(): void {
    changes.notify();
    if (mayClaim()) claimable.notify();
  }

  return {
    changes,
    claimable,
    perWebhookConcurrency,
    free,
    beginClaim() {
      if (!mayClaim()) return false;
      claiming = true;
      return true;
    },
    endClaim(deliveries) {
      claiming = false;
      found += deliveries.length;
      for (const { delivery } of deliveries) count(delivery.webhookId, 1);
      if (mayClaim()) claimable.notify();
    },
    underWay: () => counts,
    fullWebhooks: () =>
      [...counts].filter(([, present]) => present >= perWebhookConcurrency).map(([webhookId]) => webhookId),
    abandon(deliveries) {
      found -= deliveries.length;
      for (const { delivery } of deliveries) count(delivery.webhookId, -1);
      changed();
    },
    hold(owner, { delivery: { deliveryId } }, recorded) {
      found -= 1;
      const over = recorded.finally(() => {
        drop();
        changed();
      });
      const drop = held.add({ owner, deliveryId, over });
    },
    freeSlot({ delivery: { webhookId } }) {
      count(webhookId, -1);
      changed();
    },
    held() {
      const byOwner = new Map<string, string[]>();
      for (const { owner, deliveryId } of held.items()) {
        const ids = byOwner.get(owner);
        if (ids === undefined) byOwner.set(owner, [deliveryId]);
        else ids.push(deliveryId);
      }
      return byOwner;
    },
    async drained(owner) {
      for (;;) {
        const own = held.items().filter((one) => one.owner === owner);
        if (own.length === 0) return;
        await Promise.all(own.map(({ over }) => over));
      }
    },
  };
}
