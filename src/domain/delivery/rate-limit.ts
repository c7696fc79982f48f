import type { EpochMs } from "../instant.ts";

/**
 * Returns how many deliveries may begin at once: what the limit allows in a tenth of a second, at least one. So within
 * any second the limit is passed by no more than that.
 *
 * @param rateLimitPerSecond - null for no limit
 */
export function burstOf(rateLimitPerSecond: number | null): number {
  return rateLimitPerSecond === null ? Infinity : Math.max(1, Math.floor(rateLimitPerSecond / 10));
}

/** Returns when the next delivery may begin, after `count` that begin at `now`. */
export function nextWithinLimit(rateLimitPerSecond: number, now: EpochMs, count: number): EpochMs {
  return now + Math.ceil((count * 1000) / rateLimitPerSecond);
}
