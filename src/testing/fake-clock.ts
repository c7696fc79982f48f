import type { EpochMs } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface FakeClockOptions {
  /** 2030-01-01T00:00:00Z, if not given. */
  readonly startAt?: EpochMs | undefined;
  /**
   * Moves time on to the next sleeper's end by itself, once nothing else can happen: whoever sleeps wakes at
   * once, in the order of their ends. For fakes that answer at once; a real receiver takes no virtual time.
   */
  readonly autoAdvance?: boolean | undefined;
}

export interface FakeClock extends Clock {
  /** Lets this much time pass, and wakes those whose sleep ends within it. */
  advance(milliseconds: number): void;
  /** How many sleep now. */
  sleepers(): number;
}

interface Sleeper {
  readonly wakeAt: EpochMs;
  readonly wake: () => void;
}

export const NEW_YEAR_2030 = 1_893_456_000_000;

/** A clock whose time passes only when it is told to. */
export function createFakeClock({ startAt = NEW_YEAR_2030, autoAdvance = false }: FakeClockOptions = {}): FakeClock {
  const asleep = new Set<Sleeper>();
  let time = startAt;
  let advancing = false;

  function advanceTo(instant: EpochMs): void {
    time = Math.max(time, instant);
    for (const sleeper of asleep) if (sleeper.wakeAt <= time) sleeper.wake();
  }

  /** All promises that can go on have gone on when an immediate runs, so those who sleep are what is left. */
  function autoAdvanceSoon(): void {
    if (!autoAdvance || advancing || asleep.size === 0) return;
    advancing = true;
    setImmediate(() => {
      advancing = false;
      if (asleep.size > 0) advanceTo(Math.min(...[...asleep].map(({ wakeAt }) => wakeAt)));
      autoAdvanceSoon();
    });
  }

  return {
    now: () => time,
    sleepers: () => asleep.size,
    advance: (milliseconds) => advanceTo(time + milliseconds),
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (milliseconds <= 0 || signal.aborted) return resolve();
        const sleeper: Sleeper = {
          wakeAt: time + milliseconds,
          wake() {
            asleep.delete(sleeper);
            signal.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        asleep.add(sleeper);
        signal.addEventListener("abort", sleeper.wake);
        autoAdvanceSoon();
      }),
  };
}
