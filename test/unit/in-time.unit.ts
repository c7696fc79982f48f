import { expect, it, vi } from "vitest";
import { inTime } from "../../src/application/in-time.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { createGate } from "../support/gate.ts";
import { promisesSettled } from "../support/when-idle.ts";

it("an answer in time is passed on: late is not called, and no sleeper is left", async () => {
  const clock = createFakeClock();
  const late = vi.fn(() => "late");
  expect(await inTime(clock, 10, Promise.resolve("answer"), late)).toBe("answer");
  await promisesSettled();
  expect([late.mock.calls.length, clock.sleepers()]).toEqual([0, 0]);
});

it("an error in time is passed on in the same way", async () => {
  const clock = createFakeClock();
  const late = vi.fn(() => "late");
  const bug = new Error("a bug");
  await expect(inTime(clock, 10, Promise.reject<string>(bug), late)).rejects.toBe(bug);
  await promisesSettled();
  expect([late.mock.calls.length, clock.sleepers()]).toEqual([0, 0]);
});

it("an answer that comes too late is not awaited, and late is called once", async () => {
  const clock = createFakeClock();
  const late = vi.fn(() => "late");
  const answer = createGate<string>();
  const answered = inTime(clock, 10, answer.opened, late);
  clock.advance(10_000);
  expect(await answered).toBe("late");
  answer.open("answer");
  await promisesSettled();
  expect(late).toHaveBeenCalledTimes(1);
});

it("a value that is no promise counts as an answer", async () => {
  const answer: Promise<string> = JSON.parse('"answer"');
  expect(await inTime(createFakeClock(), 10, answer, () => "late")).toBe("answer");
});
