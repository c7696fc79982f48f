import fc from "fast-check";
import { expect, it } from "vitest";
import { readAccount, streamsOf } from "../support/account.ts";
import { interleave } from "../support/interleaving/interleave.ts";
import { plans } from "../support/interleaving/plan.ts";
import type { Rules } from "../support/interleaving/witness.ts";
import { value } from "../support/open-hooks.ts";
import { promisesSettled } from "../support/when-idle.ts";

const RUNS = Number(process.env["HOOKLEDGER_INTERLEAVINGS"] ?? 300);

/** How many deliveries were redelivered while they waited for a retry. */
let hurried = 0;

const rules: Rules = { lateFailuresEndNoLease: true, attemptsBeginInTheirLease: true };

/** A step begins only when everything that the last one set going has settled. */
const schedulers = fc.scheduler({ act: (step) => step().then(promisesSettled) });

it(
  "however two processes interleave: no shared lease, no lost message, no second success, nothing left pending",
  async () => {
    await fc.assert(
      fc.asyncProperty(schedulers, plans, async (scheduler, plan) => {
        const { hooks, witness } = await interleave(scheduler, plan, rules);
        expect(witness.violations).toEqual([]);
        const { events, messages, deliveries } = await readAccount(hooks);
        const promised = messages.flatMap(({ matched }) => matched.map(({ deliveryId }) => deliveryId));
        expect(deliveries.map(({ scheduled }) => scheduled.deliveryId).sort()).toEqual(promised.sort());
        for (const { successes } of deliveries) expect(successes).toBeLessThanOrEqual(1);
        for (const stream of streamsOf(events).values())
          expect(stream.map(({ version }) => version)).toEqual(stream.map((_, index) => index + 1));
        expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toEqual([]);
        expect((await value(hooks.ledger.verify())).differences).toEqual([]);
        await value(hooks.close());
        hurried += witness.hurried.length;
      }),
      { numRuns: RUNS },
    );
    expect(hurried).toBeGreaterThanOrEqual(Math.min(Math.floor(RUNS / 100), 1));
  },
  180_000 + 50 * RUNS,
);
