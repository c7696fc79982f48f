import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";

/** What a worker has under way, and how much more it may take up: in all, and to one webhook. */
export interface Slots {
  /** How many more deliveries may be claimed. */
  free(): number;
  /** How many may be claimed to one webhook. */
  readonly perWebhook: number;
  /** How many are claimed whose exchange is not over, by webhook. */
  underWay(): ReadonlyMap<string, number>;
  /** Those to which no more may be claimed. */
  fullWebhooks(): readonly string[];
  /** Takes a slot for the delivery's exchange. Until `recorded` is over too, the delivery is held. */
  take(claimed: ClaimedDelivery, recorded: Promise<void>): void;
  /**
   * Whether its exchange may begin at once, as it may where nothing is claimed ahead. Otherwise it resolves when it may, or with
   * false when it is not to begin any more.
   */
  enter(claimed: ClaimedDelivery): true | Promise<boolean>;
  /** The exchange is over, or will not begin; its outcome is still to be recorded. */
  freeSlot(claimed: ClaimedDelivery): void;
  /** Of those that wait for their exchange none is to begin. */
  turnAway(): void;
  /** The ids of the deliveries that are claimed and not recorded yet. */
  held(): readonly string[];
  /** Resolves when nothing is held. */
  drained(): Promise<void>;
}

/**
 * In an array, not in a Map: a Map into which thousands go and come out each second leaves its outgrown tables to the
 * garbage collector, each of which keeps the next alive, with all that was in it, until the whole heap is collected.
 */
interface Held {
  readonly deliveryId: string;
  index: number;
  over: Promise<void>;
}

/** One that was claimed ahead. */
interface Waiting {
  readonly claimed: ClaimedDelivery;
  readonly admit: (mayBegin: boolean) => void;
}

/**
 * @param concurrency - so many exchanges at once, and `perWebhookConcurrency` to one webhook
 * @param changed - called when a slot becomes free, and when a delivery is held no more
 * @param isAhead - whether as many again are claimed ahead, so that there is work while the next claim is under way
 */
export function createSlots(
  concurrency: number,
  perWebhookConcurrency: number,
  changed: () => void,
  isAhead = false,
): Slots {
  const [most, perWebhook] = isAhead
    ? [2 * concurrency, 2 * perWebhookConcurrency]
    : [concurrency, perWebhookConcurrency];
  const claimedTo = createCounts();
  const running = createCounts();
  const held: Held[] = [];
  const admitted = new Set<string>();
  let waiting: Waiting[] = [];

  function mayBegin({ delivery: { webhookId } }: ClaimedDelivery): boolean {
    return running.total() < concurrency && running.of(webhookId) < perWebhookConcurrency;
  }

  function admit({ delivery: { deliveryId, webhookId } }: ClaimedDelivery): void {
    admitted.add(deliveryId);
    running.add(webhookId, 1);
  }

  function admitNext(): void {
    waiting = waiting.filter((one) => {
      if (!mayBegin(one.claimed)) return true;
      admit(one.claimed);
      one.admit(true);
      return false;
    });
  }

  /** The last one takes its place. */
  function drop({ index }: Held): void {
    const last = held.pop();
    if (last === undefined || last.index === index) return;
    last.index = index;
    held[index] = last;
  }

  return {
    perWebhook,
    // Outcomes that the storage does not take may not pile up.
    free: () => Math.min(most - claimedTo.total(), 2 * most - held.length),
    underWay: claimedTo.all,
    fullWebhooks: () =>
      [...claimedTo.all()].filter(([, present]) => present >= perWebhook).map(([webhookId]) => webhookId),
    take({ delivery: { deliveryId, webhookId } }, recorded) {
      claimedTo.add(webhookId, 1);
      const entry = { deliveryId, index: held.length, over: recorded };
      entry.over = recorded.finally(() => {
        drop(entry);
        changed();
      });
      held.push(entry);
    },
    enter(claimed) {
      if (!isAhead) return true;
      if (mayBegin(claimed)) {
        admit(claimed);
        return true;
      }
      return new Promise((resolve) => waiting.push({ claimed, admit: resolve }));
    },
    freeSlot({ delivery: { deliveryId, webhookId } }) {
      claimedTo.add(webhookId, -1);
      if (isAhead && admitted.delete(deliveryId)) {
        running.add(webhookId, -1);
        admitNext();
      }
      changed();
    },
    turnAway() {
      for (const one of waiting) one.admit(false);
      waiting = [];
    },
    held: () => held.map(({ deliveryId }) => deliveryId),
    async drained() {
      while (held.length > 0) await Promise.all(held.map(({ over }) => over));
    },
  };
}

/** How many there are, in all and by webhook. */
function createCounts() {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    total: () => total,
    of: (webhookId: string) => counts.get(webhookId) ?? 0,
    all: (): ReadonlyMap<string, number> => counts,
    add(webhookId: string, by: 1 | -1): void {
      total += by;
      const present = (counts.get(webhookId) ?? 0) + by;
      if (present === 0) counts.delete(webhookId);
      else counts.set(webhookId, present);
    },
  };
}
