import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { event } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const GROWING_MS = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];

describe.each(storages)("a follower whose onEvents fails, on $name", ({ create }) => {
  it("pauses twice as long after each failure, at most 30 s, and after a success begins with 250 ms again", async () => {
    const clock = createFakeClock();
    const failedAt: number[] = [];
    let taken = 0;
    const onEvents = () => {
      if (failedAt.length === GROWING_MS.length + 1 && taken === 0) return void (taken += 1);
      failedAt.push(clock.now());
      throw new Error("the projection is down");
    };
    const hooks = await openHooks({ storage: create(), clock });
    const publish = () => value(hooks.publish({ event, payload: {} }));
    /** Lets the pause end to the millisecond: not before it, and then at once. */
    const passes = async (milliseconds: number) => {
      const before = failedAt.length + taken;
      // The follower sleeps once it has failed.
      await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
      clock.advance(milliseconds - 1);
      expect(clock.sleepers()).toBe(1);
      clock.advance(1);
      await vi.waitFor(() => expect(failedAt.length + taken).toBe(before + 1));
    };
    await publish();
    await value(hooks.ledger.follow({ name: "n", onEvents, leaseSeconds: 3600 }));
    await vi.waitFor(() => expect(failedAt).toHaveLength(1));
    for (const pause of GROWING_MS) await passes(pause);
    await passes(30_000);
    expect(taken).toBe(1);
    await publish();
    await vi.waitFor(() => expect(failedAt).toHaveLength(GROWING_MS.length + 2));
    await passes(250);
    await passes(500);
  });
});
