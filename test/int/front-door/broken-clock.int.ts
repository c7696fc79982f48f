import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/adapters/system/index.ts";
import { guardClock } from "../../../src/application/guard-clock.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";

function throws(): never {
  throw new Error("a bug in the clock");
}

/** Takes any JSON for a number, as JavaScript does. */
function numberOf(json: string): number {
  const given: number = JSON.parse(json);
  return given;
}

/** How a clock may break its promises. */
const breaches: readonly (readonly [how: string, breach: Partial<Clock>])[] = [
  ["throws", { now: throws }],
  ["tells NaN", { now: () => NaN }],
  ["tells the end of time", { now: () => Infinity }],
  ["tells microseconds", { now: () => systemClock.now() * 1000 }],
  ["tells a text", { now: () => numberOf('"2030-01-01"') }],
  ["tells fractions", { now: () => systemClock.now() + 0.5 }],
  ["cannot sleep", { sleep: throws }],
  ["rejects when it sleeps", { sleep: () => Promise.reject(new Error("a bug in the clock")) }],
];

describe.each(everyStorage)("a clock that has a bug, on $name", ({ create }) => {
  it.each(breaches)("and %s loses nothing: all is published, retried and recorded", async (_how, breach) => {
    let isBroken = false;
    const clock: Clock = {
      now: () => (isBroken ? (breach.now ?? systemClock.now)() : systemClock.now()),
      sleep: (...given) => (isBroken ? (breach.sleep ?? systemClock.sleep)(...given) : systemClock.sleep(...given)),
    };
    const http = scriptedHttpClient((_, before) => {
      isBroken = true;
      return before === 0 ? 500 : 204;
    });
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a", { retryConfig: { baseDelaySeconds: 0.01 } });
    await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(isBroken).toBe(true));
    await publish(hooks, 2);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 3 }));
    expect(http.requests).toHaveLength(4);
    const toldAt = http.requests.map(({ headers }) => Number(headers["webhook-timestamp"]));
    expect(Math.max(...toldAt) - Math.min(...toldAt)).toBeLessThan(3600);
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  });
});

it("a clock that stops telling the time is told of once, until it tells it again, and time goes on meanwhile", () => {
  const [spare, logger] = [createFakeClock({ startAt: 1000 }), createRecordingLogger()];
  let tells = 0;
  const guarded = guardClock({ ...spare, now: () => tells }, spare, logger);
  const told = [5000, NaN, NaN, 7000, NaN].map((now) => {
    tells = now;
    spare.advance(10);
    return guarded.now();
  });
  expect(told).toEqual([5000, 5010, 5020, 7000, 7010]);
  expect(logger.entries.map(({ level }) => level)).toEqual(["error", "error"]);
});

it("whatever a clock tells, a time is whole milliseconds within dates, and is left alone if it was", () => {
  const anything = fc.oneof(fc.double(), fc.nat(), fc.json().map(numberOf));
  fc.assert(
    fc.property(anything, (given) => {
      const now = guardClock({ ...systemClock, now: () => given }, systemClock, createRecordingLogger()).now();
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(new Date(now).toISOString()).toMatch(/^\d{4}-/);
      if (Number.isSafeInteger(given) && given >= 0 && given < Date.UTC(10_000, 0)) expect(now).toBe(given);
    }),
  );
});
