import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/adapters/system/index.ts";

describe("the system clock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Whether the sleep is over, without waiting for it. */
  function watch(sleep: Promise<void>): () => Promise<boolean> {
    let over = false;
    void sleep.then(() => {
      over = true;
    });
    return async () => {
      await vi.advanceTimersByTimeAsync(0);
      return over;
    };
  }

  it("tells whole milliseconds", () => {
    vi.setSystemTime(1_893_456_000_123);
    expect(systemClock.now()).toBe(1_893_456_000_123);
  });

  it("sleeps as long as it is told, and no longer", async () => {
    const isOver = watch(systemClock.sleep(1000, new AbortController().signal));
    await vi.advanceTimersByTimeAsync(999);
    expect(await isOver()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isOver()).toBe(true);
  });

  it("an abort ends the sleep at once and leaves no timer, and so does an abort before the sleep", async () => {
    const abort = new AbortController();
    const isOver = watch(systemClock.sleep(1000, abort.signal));
    expect(vi.getTimerCount()).toBe(1);
    abort.abort();
    expect(await isOver()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(await watch(systemClock.sleep(1000, abort.signal))()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sleeps longer than a Node timer can count", async () => {
    const days30 = 30 * 86_400_000;
    const isOver = watch(systemClock.sleep(days30, new AbortController().signal));
    await vi.advanceTimersByTimeAsync(days30 - 1);
    expect(await isOver()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isOver()).toBe(true);
  });

  it.each([0, -1])("%i ms is no sleep at all", async (milliseconds) => {
    expect(await watch(systemClock.sleep(milliseconds, new AbortController().signal))()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
