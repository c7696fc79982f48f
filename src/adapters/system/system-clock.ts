import type { Clock } from "../../ports/clock.ts";

/** The longest time of a Node timer; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    let left = milliseconds;
    while (left > 0 && !signal.aborted) {
      const part = Math.min(left, LONGEST_TIMER_MS);
      await timer(part, signal);
      left -= part;
    }
  },
};

function timer(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timeout);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timeout = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
