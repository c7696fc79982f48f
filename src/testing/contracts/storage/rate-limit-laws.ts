import fc from "fast-check";
import { expect, it } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed, scheduleMany } from "./claims.ts";
import { record, registered, T0, webhookStream } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

/** Registers "w", which has a rate limit and so many deliveries due. */
export async function withLimit(storage: Storage, rateLimitPerSecond: number, due: number): Promise<void> {
  await record(storage, webhookStream("w"), registered("w", { rateLimitPerSecond }));
  await scheduleMany(storage, { w: due });
}

/** Returns how many a claim finds, which stay leased for a day. */
export async function countAt(storage: Storage, now: number, limit = 1000): Promise<number> {
  return (await claimed(storage, { now, limit, leaseUntil: now + 86_400_000 })).length;
}

export function registerRateLimitLawCases({ open, within }: Harnesses): void {
  it("at most a tenth of it begins at once, and never more than it allows in the time since any earlier claim, by whichever storage; in the end everything is claimed", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 60, noNaN: true })),
        fc.array(fc.record({ after: fc.integer({ min: 0, max: 400 }), limit: fc.integer({ min: 1, max: 9 }) }), {
          maxLength: 6,
        }),
        (rate, claims) =>
          within(async ({ storage, another }) => {
            await withLimit(storage, rate, 8);
            const storages = [storage, await another()];
            const begun: { readonly at: number; readonly count: number }[] = [];
            let now = T0;
            for (const [index, { after, limit }] of claims.entries()) {
              now += after;
              const count = await countAt(storages[index % 2] ?? storage, now, limit);
              expect(count).toBeLessThanOrEqual(Math.max(1, Math.floor(rate / 10)));
              if (count > 0) begun.push({ at: now, count });
            }
            const first = begun[0]?.at ?? now;
            const last = begun.at(-1);
            const before = begun.slice(0, -1).reduce((sum, { count }) => sum + count, 0);
            if (last !== undefined) expect(before).toBeLessThanOrEqual(((last.at - first) / 1000) * rate + 1e-9);
            let left = 8 - before - (last?.count ?? 0);
            while (left > 0) {
              now = Math.max(now, (await valueOf(storage.queue.nextDueAt())) ?? Infinity);
              const count = await countAt(storage, now);
              expect(count).toBeGreaterThan(0);
              left -= count;
            }
          }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("is not passed by two storages that claim at the same moment", async () => {
    const { storage, another } = await open();
    const other = await another();
    await withLimit(storage, 30, 20);
    for (let now = T0; now < T0 + 500; now += 100) {
      const counts = await Promise.all([storage, other, storage, other].map((each) => countAt(each, now)));
      expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(3);
    }
  });
}
