import fc from "fast-check";
import { expect, it } from "vitest";
import type { DeliveryView } from "../../../domain/ledger/index.ts";
import type { PendingCursor } from "../../../ports/delivery-read-model.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { deliveryStream, failed, record, schedule, succeeded, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

/** Reads page after page, each begun after the last of the one before. */
async function pages(storage: Storage, webhookId: string, limit: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: PendingCursor | null = null;
  for (;;) {
    const page: readonly DeliveryView[] = await valueOf(storage.deliveries.listPending(webhookId, after, limit));
    const last = page.at(-1);
    if (last?.nextAttemptAt === undefined || last.nextAttemptAt === null) return ids;
    expect(page.length).toBeLessThanOrEqual(limit);
    ids.push(...page.map(({ deliveryId }) => deliveryId));
    after = { dueAt: last.nextAttemptAt, deliveryId: last.deliveryId };
  }
}

export function registerPendingPageCases({ open, within }: Harnesses): void {
  it("hold what is pending for the webhook, leased or not, and nobody else's", async () => {
    const { storage } = await open();
    for (const id of ["c", "a", "b", "later", "delivered", "exhausted"]) await schedule(storage, id);
    await schedule(storage, "other", { webhookId: "webhook-2" });
    await claimed(storage, { deliveryIds: ["a"] });
    await record(storage, deliveryStream("later"), failed(1, T0 + 1));
    await record(storage, deliveryStream("delivered"), succeeded);
    await record(storage, deliveryStream("exhausted"), failed(1, null), {
      type: "DeliveryExhausted",
      data: { attempts: 1 },
    });
    const found = await valueOf(storage.deliveries.listPending("webhook-1", null, 10));
    expect(found.map(({ deliveryId }) => deliveryId)).toEqual(["a", "b", "c", "later"]);
    expect(found.at(-1)).toEqual(await valueOf(storage.deliveries.get("later")));
    expect(await valueOf(storage.deliveries.listPending("webhook-1", null, 0))).toEqual([]);
    expect(await valueOf(storage.deliveries.listPending("nobody", null, 10))).toEqual([]);
  });

  it("begin after the cursor, whether or not that delivery is still pending", async () => {
    const { storage } = await open();
    for (const id of ["a", "b", "c"]) await schedule(storage, id);
    await record(storage, deliveryStream("b"), succeeded);
    const after = { dueAt: T0, deliveryId: "b" };
    expect(await valueOf(storage.deliveries.listPending("webhook-1", after, 9))).toMatchObject([{ deliveryId: "c" }]);
    expect(await valueOf(storage.deliveries.listPending("webhook-1", { ...after, dueAt: T0 + 1 }, 9))).toEqual([]);
    expect(await valueOf(storage.deliveries.listPending("webhook-1", { ...after, dueAt: T0 - 1 }, 9))).toHaveLength(2);
  });

  const delays = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 12 });

  it("together hold all of it, by due time and then by id, however small they are and however many are due at once", () =>
    fc.assert(
      fc.asyncProperty(delays, fc.integer({ min: 1, max: 13 }), (given, limit) =>
        within(async ({ storage }) => {
          const all = given.map((delay, index) => ({ id: `d${(index * 7) % 13}`, dueAt: T0 + delay }));
          for (const { id, dueAt } of all) await schedule(storage, id, { dueAt });
          const wanted = all
            .sort((one, two) => one.dueAt - two.dueAt || (one.id < two.id ? -1 : 1))
            .map(({ id }) => id);
          expect(await pages(storage, "webhook-1", limit)).toEqual(wanted);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
