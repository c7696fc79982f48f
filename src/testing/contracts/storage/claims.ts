import type { Claim } from "../../../ports/delivery-queue.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { T0 } from "./facts.ts";

/** Returns a claim at `T0`, for a second, of as much as there is, unless told otherwise. */
export function claimOf({ now = T0, ...other }: Partial<Claim> = {}): Claim {
  return { owner: "A", now, leaseUntil: now + 1000, limit: 1000, ...other };
}

export async function claimed(storage: Storage, claim: Partial<Claim> = {}) {
  const found = await valueOf(storage.queue.claim(() => claimOf(claim)));
  return found.map(({ delivery }) => delivery);
}

/** Counts the claimed deliveries webhook by webhook. */
export function countByWebhook(
  deliveries: readonly { readonly webhookId: string }[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { webhookId } of deliveries) counts[webhookId] = (counts[webhookId] ?? 0) + 1;
  return counts;
}
