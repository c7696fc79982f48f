import { isNumber, isObject } from "../domain/guards.ts";
import type { EpochMs } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import { nameOf } from "./error-facts.ts";

/** The year 10000. What is later is in microseconds, or has a bug, and leaves no room for retries within dates. */
const TOO_LATE_MS = 253_402_300_800_000;

/**
 * Guards the application's own clock, which may have a bug. Without a time, an answer of a receiver could not be
 * recorded, and a worker would look for what is due for ever without a pause. So from the last time that the clock told,
 * time then goes on as by `spare`, until the clock tells one again. Fractions of a millisecond are cut off, since no
 * table takes them.
 */
export function guardClock(clock: Clock, spare: Clock, logger: Logger): Clock {
  /** By how much the clock is ahead of the spare one, as far as is known. */
  let aheadMs = 0;
  let isBroken = false;

  /** Tells once, and not at each of thousands of calls. */
  function goOn(error: string): void {
    if (!isBroken) logger.error("time goes on by the system's clock, because the clock has a bug", { error });
    isBroken = true;
  }

  function told(): EpochMs | null {
    try {
      const now = clock.now();
      if (isNumber(now) && now >= 0 && now < TOO_LATE_MS) return Math.floor(now);
      goOn("not a number of milliseconds since 1970");
    } catch (thrown) {
      goOn(nameOf(thrown));
    }
    return null;
  }

  async function asleep(sleeping: unknown): Promise<void> {
    if (!(isObject(sleeping) && "then" in sleeping)) throw new TypeError("sleep must return a promise");
    await Promise.resolve(sleeping);
  }

  return {
    now() {
      const now = told();
      if (now === null) return spare.now() + aheadMs;
      aheadMs = now - spare.now();
      isBroken = false;
      return now;
    },
    async sleep(milliseconds, signal) {
      try {
        await asleep(clock.sleep(milliseconds, signal));
      } catch (thrown) {
        goOn(nameOf(thrown));
        await spare.sleep(milliseconds, signal);
      }
    },
  };
}
