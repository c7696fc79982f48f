import type { Claim, QueueScope } from "../../../ports/delivery-queue.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { deliveryStream, scheduled, T0 } from "./facts.ts";

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

interface Wish {
  readonly owner?: string;
  readonly now?: number;
  readonly leaseUntil?: number;
  readonly limit?: number;
  readonly scope?: QueueScope;
}

/** Leaves webhooks out: each has all that it may have under way. */
function withoutWebhooks(webhookIds: readonly string[]): NonNullable<Claim["perWebhook"]> {
  return { limit: 1000, underWay: new Map(webhookIds.map((webhookId) => [webhookId, 1000])) };
}

/** Returns the ids of what a claim finds. */
export async function claimIds(
  { queue }: Storage,
  { owner = "A", now = T0, leaseUntil = now + 1000, limit = 100, scope = {} }: Wish = {},
) {
  const claimed = await valueOf(
    queue.claim(() => ({
      owner,
      now,
      leaseUntil,
      limit,
      ...(scope.deliveryIds && { deliveryIds: scope.deliveryIds }),
      ...(scope.exceptWebhookIds && { perWebhook: withoutWebhooks(scope.exceptWebhookIds) }),
    })),
  );
  return claimed.map(({ delivery }) => delivery.deliveryId);
}

/** Schedules so many deliveries to each webhook, in one commit, all due `agoMs` ago. */
export async function scheduleMany(
  storage: Storage,
  counts: Readonly<Record<string, number>>,
  agoMs = 10,
): Promise<void> {
  const streams = Object.entries(counts).flatMap(([webhookId, count]) =>
    Array.from({ length: count }, (_, index) => {
      const deliveryId = `${webhookId}-${String(index).padStart(4, "0")}`;
      const events = [scheduled(deliveryId, { webhookId, dueAt: T0 - agoMs })];
      return { streamId: deliveryStream(deliveryId), expectedVersion: "no-stream" as const, events };
    }),
  );
  await valueOf(storage.writer.append({ recordedAt: T0, streams }));
}
