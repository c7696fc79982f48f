import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReplayGuard } from "../../src/verify/index.ts";

describe("createReplayGuard", () => {
  it("takes an id once, and again when its time is over", () => {
    let time = 0;
    const guard = createReplayGuard({ keepSeconds: 10, now: () => time });
    expect([guard.take("a"), guard.take("a"), guard.take("b")]).toEqual([true, false, true]);
    time = 9_999;
    expect(guard.take("a")).toBe(false);
    time = 10_000;
    expect([guard.take("a"), guard.take("a")]).toEqual([true, false]);
  });

  it("takes an id again that was given back, as a message is that could not be handled", () => {
    const guard = createReplayGuard();
    guard.take("a");
    guard.release("a");
    expect([guard.take("a"), guard.take("a")]).toEqual([true, false]);
  });

  it("remembers no more than it may, the newest", () => {
    const guard = createReplayGuard({ most: 2 });
    for (const id of ["a", "b", "c"]) guard.take(id);
    expect([guard.take("c"), guard.take("b"), guard.take("a")]).toEqual([false, false, true]);
  });

  it("never takes an id twice within its time", () => {
    const step = fc.record({ id: fc.constantFrom("a", "b", "c"), wait: fc.nat(400) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let time = 0;
        const taken = new Map<string, number>();
        const guard = createReplayGuard({ keepSeconds: 1, now: () => time });
        for (const { id, wait } of steps) {
          time += wait;
          const isFree = time >= (taken.get(id) ?? -1000) + 1000;
          expect(guard.take(id)).toBe(isFree);
          if (isFree) taken.set(id, time);
        }
      }),
    );
  });
});
