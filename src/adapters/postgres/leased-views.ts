import type { DeliveryView } from "../../domain/ledger/index.ts";

/**
 * Remembers the deliveries that this process has leased as they were then, so that their outcomes are written without
 * reading them again. The version shows whether one has changed meanwhile.
 */
export interface LeasedViews {
  remember(view: DeliveryView): void;
  recall(deliveryId: string): DeliveryView | undefined;
  forget(deliveryId: string): void;
}

/**
 * How many of the latest are remembered: more than a worker has under way at once. Those before them, such as those
 * lost to another worker, may be read again.
 */
const AT_LEAST = 10_000;

/**
 * Keeps two maps, of which the older one makes room for a new one, so that each is there for a while only. A map into
 * which thousands go and come out leaves its outgrown tables to the garbage collector. Each of those keeps the next
 * alive, with the views that were in it.
 */
export function createLeasedViews(atLeast = AT_LEAST): LeasedViews {
  let recent = new Map<string, DeliveryView>();
  let earlier: typeof recent = new Map();
  let remembered = 0;
  return {
    remember(view) {
      if (remembered === atLeast) {
        earlier = recent;
        recent = new Map();
        remembered = 0;
      }
      recent.set(view.deliveryId, view);
      remembered += 1;
    },
    recall: (deliveryId) => recent.get(deliveryId) ?? earlier.get(deliveryId),
    forget(deliveryId) {
      recent.delete(deliveryId);
      earlier.delete(deliveryId);
    },
  };
}
