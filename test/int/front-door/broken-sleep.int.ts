import { setTimeout as timer } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/adapters/system/index.ts";
import { guardClock } from "../../../src/application/guard-clock.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";

/** A guarded clock whose sleep is this one, over a fake clock that stands in for the system's. */
function guarded(sleep: Clock["sleep"]) {
  const [spare, logger] = [createFakeClock(), createRecordingLogger()];
  return { spare, logger, clock: guardClock({ now: () => spare.now(), sleep }, spare, logger) };
}

const never = () => new Promise<never>(() => undefined);

describe("a sleep of the application's clock", () => {
  it.each<readonly [how: string, sleep: Clock["sleep"]]>([
    ["goes on", never],
    ["rejects, as that of node:timers/promises", (milliseconds, signal) => timer(milliseconds, undefined, { signal })],
  ])("that %s when its signal aborts ends then, and no bug is told of", async (_, sleep) => {
    const { clock, logger } = guarded(sleep);
    const wake = new AbortController();
    const sleeping = clock.sleep(3_600_000, wake.signal);
    wake.abort();
    await sleeping;
    await clock.sleep(3_600_000, wake.signal);
    expect(logger.entries).toEqual([]);
  });

  it("that fails is told of once, until one does not, though the clock tells the time", async () => {
    let fails = true;
    const { clock, spare, logger } = guarded(() => (fails ? Promise.reject(new Error("a bug")) : Promise.resolve()));
    const told: number[] = [];
    for (const failing of [true, true, false, true]) {
      fails = failing;
      clock.now();
      const sleeping = clock.sleep(1, new AbortController().signal);
      await vi.waitFor(() => expect(spare.sleepers()).toBe(failing ? 1 : 0));
      spare.advance(1);
      await sleeping;
      told.push(logger.entries.length);
    }
    expect(told).toEqual([1, 1, 1, 2]);
  });

  it("that ends at once, with no time gone by, is slept by the system's clock", async () => {
    const { clock, spare, logger } = guarded(() => Promise.resolve());
    const sleeping = clock.sleep(1000, new AbortController().signal);
    await vi.waitFor(() => expect(spare.sleepers()).toBe(1));
    spare.advance(1000);
    await sleeping;
    expect(logger.entries).toHaveLength(1);
  });
});

describe.each(everyStorage)("a clock that never sleeps, on $name", ({ create }) => {
  it("does not keep a worker from delivering, nor the process from anything else", async () => {
    const clock: Clock = { now: systemClock.now, sleep: () => Promise.resolve() };
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : 204));
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a", { retryConfig: { baseDelaySeconds: 0.01 } });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 1 });
  });
});
