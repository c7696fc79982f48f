import type { DeliveryView } from "../../domain/ledger/index.ts";

/**
 * The deliveries that this process has leased, as they were then: their outcomes are written without reading them again. What
 * has changed meanwhile shows by the version.
 */
export interface LeasedViews {
  remember(view: DeliveryView): void;
  recall(deliveryId: string): DeliveryView | undefined;
  forget(deliveryId: string): void;
}

/** More than a worker has under way at once. What came before the latest so many, such as what was lost to another worker, may be read again. */
const AT_LEAST = 10_000;

/**
 * In two maps, of which the older one makes room for a new one: each is there for a while only. A map into which thousands go and come out leaves its
 * outgrown tables to the garbage collector, each of which keeps the next alive, with the views that were in it.
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
