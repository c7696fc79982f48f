import fc from "fast-check";
import { expect, it } from "vitest";
import type { QueueHealth } from "../../../ports/delivery-queue.ts";
import type { AttemptedWebhook } from "../../../ports/commit.ts";
import { valueOf } from "../results.ts";
import { commit, schedule, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

const WEBHOOKS = ["w1", "w2"] as const;
const NONE: QueueHealth = { failingSince: null, pausedUntil: null };

/** The outcome of an attempt. Some share a commit; each comes a millisecond after the one before. */
const outcomes = fc.record({
  webhookId: fc.constantFrom(...WEBHOOKS),
  failing: fc.boolean(),
  pausedUntil: fc.option(fc.integer({ min: T0 + 1, max: T0 + 50 })),
  isQueued: fc.boolean(),
});
const commits = fc.array(fc.array(outcomes, { maxLength: 5 }), { maxLength: 6 });

export function registerHealthCases({ open, within }: Harnesses): void {
  async function openAttempted() {
    const { storage, another } = await open();
    const other = await another();
    const attempted = async (at: number, failing: boolean, pausedUntil: number | null = null) => {
      const health = [{ webhookId: "w", at: T0 + at, failing, pausedUntil }];
      await valueOf(storage.writer.append(commit("message-m", "any", [], { health })));
      return valueOf(other.queue.health("w"));
    };
    return { storage, attempted };
  }

  it("failingSince is set by the first failure, kept by later ones, and cleared by a success", async () => {
    const { storage, attempted } = await openAttempted();
    expect(await valueOf(storage.queue.health("w"))).toEqual(NONE);
    expect(await attempted(1, false)).toEqual(NONE);
    expect(await attempted(2, true)).toEqual({ failingSince: T0 + 2, pausedUntil: null });
    expect(await attempted(3, true)).toEqual({ failingSince: T0 + 2, pausedUntil: null });
    expect(await attempted(4, false)).toEqual(NONE);
    expect(await attempted(5, true)).toEqual({ failingSince: T0 + 5, pausedUntil: null });
    expect(await valueOf(storage.queue.health("another"))).toEqual(NONE);
    await valueOf(storage.projections.rebuild());
    expect(await attempted(6, true)).toEqual({ failingSince: T0 + 5, pausedUntil: null });
  });

  it("pausedUntil is the end of the longest pause, and is kept by a success and by a rebuild", async () => {
    const { storage, attempted } = await openAttempted();
    expect(await attempted(1, true, T0 + 500)).toEqual({ failingSince: T0 + 1, pausedUntil: T0 + 500 });
    expect(await attempted(2, true, T0 + 300)).toEqual({ failingSince: T0 + 1, pausedUntil: T0 + 500 });
    expect(await attempted(3, false)).toEqual({ failingSince: null, pausedUntil: T0 + 500 });
    await valueOf(storage.projections.rebuild());
    expect(await attempted(4, true, T0 + 700)).toEqual({ failingSince: T0 + 4, pausedUntil: T0 + 700 });
    expect(await valueOf(storage.queue.health("another"))).toEqual(NONE);
  });

  it("after any outcomes, in one commit or many, at once or one by one, failingSince is the first failure after the last success, and pausedUntil the end of the longest pause", () =>
    fc.assert(
      fc.asyncProperty(commits, fc.boolean(), (given, atOnce) =>
        within(async ({ storage }) => {
          const expected = new Map<string, QueueHealth>();
          const appending: PromiseLike<unknown>[] = [];
          let at = T0;
          for (const [index, members] of given.entries()) {
            const health = members.map(({ webhookId, failing, pausedUntil }): AttemptedWebhook => {
              at += 1;
              const before = expected.get(webhookId) ?? NONE;
              const pauses = [before.pausedUntil, pausedUntil].filter((pause) => pause !== null);
              expected.set(webhookId, {
                failingSince: failing ? (before.failingSince ?? at) : null,
                pausedUntil: pauses.length === 0 ? null : Math.max(...pauses),
              });
              return { webhookId, at, failing, pausedUntil };
            });
            if (members[0]?.isQueued === true)
              await schedule(storage, `d${index}`, { webhookId: members[0].webhookId });
            const append = valueOf(storage.writer.append(commit(`message-${index}`, "any", [], { health })));
            appending.push(append);
            if (!atOnce) await append;
          }
          await Promise.all(appending);
          for (const webhookId of WEBHOOKS)
            expect(await valueOf(storage.queue.health(webhookId))).toEqual(expected.get(webhookId) ?? NONE);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
