import { expect, it } from "vitest";
import type { QueueScope } from "../../../ports/delivery-queue.ts";
import { valueOf } from "../results.ts";
import { claimIds } from "./claims.ts";
import { schedule, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerScopedClaimCases({ open }: Harnesses): void {
  it("a claim keeps to its scope: only these deliveries, or nothing to those webhooks", async () => {
    const { storage } = await open();
    for (const [id, webhookId] of [
      ["a", "w1"],
      ["b", "w1"],
      ["c", "w2"],
      ["d", "w3"],
    ] as const) {
      await schedule(storage, id, { webhookId });
    }
    const claimable = async (scope: QueueScope) => {
      const found = await claimIds(storage, { scope });
      await valueOf(storage.queue.release("A", found));
      return found.toSorted();
    };
    expect(await claimable({})).toEqual(["a", "b", "c", "d"]);
    expect(await claimable({ deliveryIds: ["a", "c", "a", "unknown"] })).toEqual(["a", "c"]);
    expect(await claimable({ deliveryIds: [] })).toEqual([]);
    expect(await claimable({ exceptWebhookIds: ["w1", "unknown"] })).toEqual(["c", "d"]);
    expect(await claimable({ exceptWebhookIds: [] })).toEqual(["a", "b", "c", "d"]);
  });

  it("a claim that names deliveries keeps to its limit, and hands out the longest due of them", async () => {
    const { storage } = await open();
    for (const agoMs of [10, 30, 20]) await schedule(storage, `d${agoMs}`, { dueAt: T0 - agoMs });
    const scope = { deliveryIds: ["d10", "d20", "d30"] };
    expect(await claimIds(storage, { limit: 2, scope })).toEqual(["d30", "d20"]);
    expect(await claimIds(storage, { limit: 2, scope })).toEqual(["d10"]);
  });

  it("a claim may name two thousand deliveries", async () => {
    const { storage } = await open();
    await schedule(storage, "d1999");
    const deliveryIds = Array.from({ length: 2000 }, (_, index) => `d${index}`);
    expect(await claimIds(storage, { scope: { deliveryIds } })).toEqual(["d1999"]);
  });
}
