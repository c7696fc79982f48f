import { LONGEST_DELAY_SECONDS, type RetryConfig } from "./retry-config.ts";

/** Returns the attempts in all: the schedule's length, or `maxRetries` if there is no schedule. */
export function attemptsInAll({ scheduleSeconds = [], maxRetries }: RetryConfig): number {
  return scheduleSeconds.length > 0 ? scheduleSeconds.length : maxRetries;
}

/**
 * Returns the seconds to wait after an attempt, counted from 0: kemi's `min(base * multiplier ** attempt, max)`.
 *
 * The result is never NaN, never negative, never above the maximum, and never less for a later attempt, even if the
 * power overflows: `0 * Infinity` counts as 0. That holds for any numbers, also of a config that was never parsed: a
 * setting that is NaN or below its range counts as the least allowed, and half an attempt as none.
 *
 * A schedule is followed literally instead: `scheduleSeconds[attempt + 1]`, and past its end its last delay. It may
 * contain a delay that is shorter than the one before.
 */
export function retryDelay(config: RetryConfig, attempt: number): number {
  const { scheduleSeconds = [] } = config;
  // Capped below Infinity, as 1 to that power is NaN.
  const before = Math.min(Math.floor(atLeast(0, attempt)), Number.MAX_VALUE);
  const last = scheduleSeconds.at(-1);
  if (last !== undefined) return Math.min(atLeast(0, scheduleSeconds[before + 1] ?? last), LONGEST_DELAY_SECONDS);
  const base = atLeast(0, config.baseDelaySeconds);
  if (base === 0) return 0;
  return Math.min(base * atLeast(1, config.backoffMultiplier) ** before, atLeast(0, config.maxDelaySeconds));
}

/** Returns the value, or `least` if the value is below it or NaN. */
function atLeast(least: number, value: number): number {
  return value >= least ? value : least;
}

/**
 * Takes a random part off a delay, so that deliveries that failed together don't come back together.
 *
 * @param fraction - from 0 (the delay unchanged) to 1 (anything between 0 and the delay)
 * @param random - from 0 up to, not including, 1
 * @returns seconds, at most `delaySeconds`, and more than `delaySeconds * (1 - fraction)` unless that part is 0
 */
export function jittered(delaySeconds: number, fraction: number, random: number): number {
  return delaySeconds * (1 - fraction * random);
}
