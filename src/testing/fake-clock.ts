import type { EpochMs } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export interface FakeClockOptions {
  /** 2030-01-01T00:00:00Z by default. */
  readonly startAt?: EpochMs | undefined;
  /**
   * Moves time on by itself to the end of the next sleep, once nothing else can happen: sleepers wake at once, in the
   * order in which their sleeps end. Use it with fakes that answer at once; a real receiver takes no virtual time.
   */
  readonly autoAdvance?: boolean | undefined;
}

export interface FakeClock extends Clock {
  /** Lets this much time pass, and wakes those whose sleep ends within it. */
  advance(milliseconds: number): void;
  /** Returns how many are asleep now. */
  sleepers(): number;
}

interface Sleeper {
  readonly wakeAt: EpochMs;
  readonly wake: () => void;
}

export const NEW_YEAR_2030 = 1_893_456_000_000;

/** Makes a clock whose time passes only when you advance it. */
export function createFakeClock({ startAt = NEW_YEAR_2030, autoAdvance = false }: FakeClockOptions = {}): FakeClock {
  const asleep = new Set<Sleeper>();
  let time = startAt;
  let advancing = false;

  function advanceTo(instant: EpochMs): void {
    time = Math.max(time, instant);
    for (const sleeper of asleep) if (sleeper.wakeAt <= time) sleeper.wake();
  }

  /** By the time an immediate runs, every promise that can go on has done so, and only sleepers are left. */
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
