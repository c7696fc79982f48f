import fc from "fast-check";
import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { claimed, claimOf } from "./claims.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";
import { operations } from "./queue-operations.ts";
import { beginRun, perform, type Run } from "./queue-runs.ts";

const DAY = 86_400_000;

/** Claims until all that is left is leased for a day. Returns what was handed out. */
async function drain({ storage, model, now: begunAt }: Run): Promise<readonly string[]> {
  const handed: string[] = [];
  let now = begunAt;
  for (;;) {
    const next = await valueOf(storage.queue.nextDueAt());
    if (next === null || next >= begunAt + DAY) return handed.sort();
    now = Math.max(now, next);
    const perWebhook = { limit: 2, underWay: new Map() };
    const claim = claimOf({ owner: "Z", now, leaseUntil: now + DAY, limit: 3, perWebhook });
    const found = await claimed(storage, claim);
    expect(model.claim(claim, found)).toEqual([]);
    handed.push(...found.map(({ deliveryId }) => deliveryId));
    expect(found).not.toEqual([]);
  }
}

/** Of a time in the past, a storage promises only that it is past. */
function orNow(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(at, now);
}

export function registerClaimLawCases({ within }: Harnesses): void {
  it("after any operations, a claim hands out only what is due and neither leased nor paused, and no more than asked for, nor than the rate limits allow; in the end everything is handed out, once", () =>
    fc.assert(
      fc.asyncProperty(operations, (sequence) =>
        within(async ({ storage }) => {
          const run = await beginRun(storage);
          for (const one of sequence) {
            await perform(run, one);
            const next = await valueOf(storage.queue.nextDueAt());
            expect(orNow(next, run.now)).toBe(orNow(run.model.nextDueAt(), run.now));
          }
          const pending = run.model.pending();
          expect(await drain(run)).toEqual(pending);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
