import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../src/testing/index.ts";
import { promisesSettled } from "../support/when-idle.ts";

const step = fc.oneof(
  fc.record({ do: fc.constant("sleep"), milliseconds: fc.integer({ min: -1, max: 30 }), isAborted: fc.boolean() }),
  fc.record({ do: fc.constant("advance"), milliseconds: fc.nat(20) }),
  fc.record({ do: fc.constant("abort"), nth: fc.nat(9) }),
);

/** What a sleeper should be like. */
interface Sleeper {
  readonly abort: AbortController;
  readonly wakeAt: number;
  isAsleep: boolean;
}

describe("a fake clock", () => {
  it("whatever is done with it, wakes a sleeper when its time has come or it is aborted, and leaves nothing behind", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20, size: "max" }), async (steps) => {
        const clock = createFakeClock({ startAt: 100 });
        const sleepers: Sleeper[] = [];
        const woken = new Set<Sleeper>();
        let now = 100;
        for (const one of steps) {
          if (one.do === "sleep") {
            const abort = new AbortController();
            if (one.isAborted) abort.abort();
            const isAsleep = one.milliseconds > 0 && !abort.signal.aborted;
            const sleeper = { abort, wakeAt: now + one.milliseconds, isAsleep };
            sleepers.push(sleeper);
            void clock.sleep(one.milliseconds, abort.signal).then(() => woken.add(sleeper));
          } else if (one.do === "advance") {
            clock.advance(one.milliseconds);
            now += one.milliseconds;
            for (const sleeper of sleepers) if (sleeper.wakeAt <= now) sleeper.isAsleep = false;
          } else {
            const sleeper = sleepers[one.nth];
            sleeper?.abort.abort();
            if (sleeper !== undefined) sleeper.isAsleep = false;
          }
          await promisesSettled();
          expect(clock.now()).toBe(now);
          expect(sleepers.map((sleeper) => !woken.has(sleeper))).toEqual(sleepers.map(({ isAsleep }) => isAsleep));
          expect(clock.sleepers()).toBe(sleepers.filter(({ isAsleep }) => isAsleep).length);
          expect(sleepers.map(({ abort }) => getEventListeners(abort.signal, "abort").length)).toEqual(
            sleepers.map(({ isAsleep }) => (isAsleep ? 1 : 0)),
          );
        }
      }),
    ));

  it("with autoAdvance, wakes each sleeper at its own time, and none while anybody can go on without time", () => {
    const chain = fc.array(fc.record({ milliseconds: fc.integer({ min: 1, max: 50 }), turns: fc.nat(50) }));
    return fc.assert(
      fc.asyncProperty(fc.array(chain, { minLength: 1, maxLength: 4 }), async (chains) => {
        const clock = createFakeClock({ startAt: 0, autoAdvance: true });
        const { signal } = new AbortController();
        await Promise.all(
          chains.map(async (sleeps) => {
            let now = 0;
            for (const { milliseconds, turns } of sleeps) {
              await clock.sleep(milliseconds, signal);
              now += milliseconds;
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
              expect(clock.now()).toBe(now);
            }
          }),
        );
      }),
    );
  });
});
