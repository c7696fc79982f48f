import type { PendingDelivery } from "./state.ts";

type Due = Pick<PendingDelivery, "dueAt" | "deliveryId">;

/** Sorts the longest due first; of two that fall due at the same time, the one that was scheduled first. */
export function byDueTime(left: Due, right: Due): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt;
  if (left.deliveryId === right.deliveryId) return 0;
  return left.deliveryId < right.deliveryId ? -1 : 1;
}
