import { byCodePoint } from "../by-code-point.ts";
import type { PendingDelivery } from "./state.ts";

type Due = Pick<PendingDelivery, "dueAt" | "deliveryId">;

/** Sorts the longest due first; of two that fall due at the same time, the one that was scheduled first. */
export function byDueTime(left: Due, right: Due): number {
  return left.dueAt === right.dueAt ? byCodePoint(left.deliveryId, right.deliveryId) : left.dueAt - right.dueAt;
}
