import { isNumber, isObject } from "../domain/guards.ts";
import type { EpochMs } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import { nameOf } from "./error-facts.ts";

/** The year 10000. What is later is in microseconds, or has a bug, and leaves no room for retries within dates. */
const TOO_LATE_MS = 253_402_300_800_000;

/**
 * Guards the application's own clock, which may have a bug. Without a time, an answer of a receiver could not be
 * recorded, and a worker would look for what is due for ever without a pause. So from the last time that the clock
 * told, time then goes on as by `spare`, until the clock tells one again. Fractions of a millisecond are cut off, since
 * no table takes them. What the clock cannot sleep is slept by `spare`, and a sleep ends when its signal aborts,
 * whatever the clock does then.
 */
export function guardClock(clock: Clock, spare: Clock, logger: Logger): Clock {
  /** By how much the clock is ahead of the spare one, as far as is known. */
  let aheadMs = 0;
  const now = createFault(logger);
  const sleep = createFault(logger);

  function told(): EpochMs | null {
    try {
      const time = clock.now();
      if (isNumber(time) && time >= 0 && time < TOO_LATE_MS) return Math.floor(time);
      now.begin("not a number of milliseconds since 1970");
    } catch (thrown) {
      now.begin(nameOf(thrown));
    }
    return null;
  }

  function present(): EpochMs {
    const time = told();
    if (time === null) return spare.now() + aheadMs;
    aheadMs = time - spare.now();
    now.end();
    return time;
  }

  async function sleepBy(milliseconds: number, signal: AbortSignal): Promise<void> {
    const [beganAt, spareBeganAt] = [present(), spare.now()];
    const sleeping: unknown = clock.sleep(milliseconds, signal);
    if (!(isObject(sleeping) && "then" in sleeping)) throw new TypeError("sleep must return a promise");
    await Promise.resolve(sleeping);
    // A timer may end a millisecond early. Sleeps that take no time at all would leave the process none for others.
    const isAtOnce = milliseconds > 1 && spare.now() === spareBeganAt && present() === beganAt;
    if (isAtOnce && !signal.aborted) throw new RangeError("sleep must take its time");
  }

  return {
    now: present,
    async sleep(milliseconds, signal) {
      const abort = listenForAbort(signal);
      if (abort.came()) return;
      try {
        await Promise.race([abort.coming, sleepBy(milliseconds, signal)]);
        if (!abort.came()) sleep.end();
      } catch (thrown) {
        // Many a timer rejects when it is aborted. The sleep is over then.
        if (abort.came()) return;
        sleep.begin(nameOf(thrown));
        await spare.sleep(milliseconds, signal);
      } finally {
        abort.forget();
      }
    },
  };
}

/** Tells of a fault when it begins, and not at each of thousands of calls. */
function createFault(logger: Logger) {
  let lasts = false;
  return {
    begin(error: string): void {
      if (!lasts) logger.error("time goes on by the system's clock, because the clock has a bug", { error });
      lasts = true;
    },
    end: () => void (lasts = false),
  };
}

function listenForAbort(signal: AbortSignal) {
  let wake = (): void => undefined;
  const coming = new Promise<void>((resolve) => {
    wake = resolve;
  });
  signal.addEventListener("abort", wake);
  return { coming, came: () => signal.aborted, forget: () => signal.removeEventListener("abort", wake) };
}
