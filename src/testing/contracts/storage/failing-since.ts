import fc from "fast-check";
import { expect, it } from "vitest";
import type { WebhookHealth } from "../../../ports/ledger-writer.ts";
import { valueOf } from "../results.ts";
import { commit, schedule, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

const WEBHOOKS = ["w1", "w2"] as const;

/** A few outcomes, as they share commits; each a millisecond after the one before. */
const outcomes = fc.record({
  webhookId: fc.constantFrom(...WEBHOOKS),
  failing: fc.boolean(),
  pausedUntil: fc.option(fc.constant(T0 + 7)),
  isQueued: fc.boolean(),
});
const commits = fc.array(fc.array(outcomes, { maxLength: 5 }), { maxLength: 6 });

export function registerFailingSinceCases({ open, within }: Harnesses): void {
  it("is set by the first failure, kept by later ones, and cleared by a success", async () => {
    const { storage, another } = await open();
    const other = await another();
    const attempted = async (at: number, failing: boolean) => {
      const health = [{ webhookId: "w", at: T0 + at, failing, pausedUntil: null }];
      await valueOf(storage.writer.append(commit("message-m", "any", [], { health })));
      return valueOf(other.queue.failingSince("w"));
    };
    expect(await valueOf(storage.queue.failingSince("w"))).toBeNull();
    expect(await attempted(1, false)).toBeNull();
    expect(await attempted(2, true)).toBe(T0 + 2);
    expect(await attempted(3, true)).toBe(T0 + 2);
    expect(await attempted(4, false)).toBeNull();
    expect(await attempted(5, true)).toBe(T0 + 5);
    expect(await valueOf(storage.queue.failingSince("another"))).toBeNull();
    await valueOf(storage.projections.rebuild());
    expect(await attempted(6, true)).toBe(T0 + 5);
  });

  it("whatever comes, in one commit or in many, at once or one by one: since the first failure after the last success", () =>
    fc.assert(
      fc.asyncProperty(commits, fc.boolean(), (given, atOnce) =>
        within(async ({ storage }) => {
          const expected = new Map<string, number>();
          const appending: PromiseLike<unknown>[] = [];
          let at = T0;
          for (const [index, members] of given.entries()) {
            const health = members.map(({ webhookId, failing, pausedUntil }): WebhookHealth => {
              at += 1;
              if (!failing) expected.delete(webhookId);
              else if (!expected.has(webhookId)) expected.set(webhookId, at);
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
            expect(await valueOf(storage.queue.failingSince(webhookId))).toBe(expected.get(webhookId) ?? null);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
