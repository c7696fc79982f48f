import type { Result } from "neverthrow";
import type { ClaimedDelivery } from "../../src/ports/delivery-queue.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { T0 } from "../../src/testing/contracts/storage/facts.ts";

/** The ids that random writes have. */
export const deliveryIds = ["d1", "d2", "d3"] as const;
export const webhookIds = ["w1", "w2"] as const;
export const messageIds = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"] as const;

/** All that a storage has, by its ports, and then what a claim finds: a read beside the claim might see its leases. */
export async function contentsOf({ reader, webhooks, deliveries, messages, responses, secrets, queue }: Storage) {
  const results: readonly Result<unknown, unknown>[] = await Promise.all([
    reader.readAll({ limit: 1000 }),
    webhooks.list(""),
    deliveries.list({ limit: 1000 }),
    queue.nextDueAt(),
    ...webhookIds.map((id) => queue.health(id)),
    ...messageIds.map((id) => messages.get(id)),
    ...deliveryIds.map((id) => responses.ofDeliveries([id])),
    secrets.ofWebhook("webhook-1", T0),
  ]);
  const claimed = await queue.claim(() => claimOf({ owner: "last", now: T0 + 10 })).map(withoutRevision);
  return [...results, claimed].map((result) => result._unsafeUnwrap());
}

/** What changes webhooks raises their revision once for all that shares a transaction. */
export function withoutRevision(claimed: readonly ClaimedDelivery[]): readonly ClaimedDelivery[] {
  return claimed.map((one) => ({ ...one, webhooksRevision: 0 }));
}
