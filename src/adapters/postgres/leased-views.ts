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

/** More than a worker has under way at once. What is pushed out, such as what was lost to another worker, is read again. */
const MOST_VIEWS = 20_000;

export function createLeasedViews(): LeasedViews {
  const views = new Map<string, DeliveryView>();
  return {
    remember(view) {
      views.delete(view.deliveryId);
      views.set(view.deliveryId, view);
      if (views.size <= MOST_VIEWS) return;
      for (const oldest of views.keys()) {
        views.delete(oldest);
        return;
      }
    },
    recall: (deliveryId) => views.get(deliveryId),
    forget: (deliveryId) => void views.delete(deliveryId),
  };
}
