import { expect, it } from "vitest";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { promisesSettled } from "../support/when-idle.ts";

const never = new AbortController().signal;

it("time stands still until it is told to advance; sleepers wake when their time has come", async () => {
  const clock = createFakeClock({ startAt: 100 });
  const woken: number[] = [];
  for (const milliseconds of [20, 10]) void clock.sleep(milliseconds, never).then(() => woken.push(milliseconds));
  clock.advance(10);
  await promisesSettled();
  expect([clock.now(), woken, clock.sleepers()]).toEqual([110, [10], 1]);
  clock.advance(10);
  await promisesSettled();
  expect([woken, clock.sleepers()]).toEqual([[10, 20], 0]);
});

it("begins with the year 2030 unless told otherwise", () => {
  expect(createFakeClock().now()).toBe(Date.UTC(2030, 0));
});

it("an abort wakes the sleeper at once, and no time passes", async () => {
  const clock = createFakeClock({ startAt: 100 });
  const abort = new AbortController();
  const sleep = clock.sleep(10, abort.signal);
  abort.abort();
  await sleep;
  expect([clock.now(), clock.sleepers()]).toEqual([100, 0]);
});

it("with autoAdvance, sleepers wake in the order of their times, each at its own", async () => {
  const clock = createFakeClock({ startAt: 0, autoAdvance: true });
  const woken: number[] = [];
  await Promise.all(
    [30, 10, 20].map((milliseconds) => clock.sleep(milliseconds, never).then(() => woken.push(clock.now()))),
  );
  expect(woken).toEqual([10, 20, 30]);
});
