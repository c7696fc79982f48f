import type { EpochMs } from "../instant.ts";

/** In requests a second. Slower than one in a hundred seconds is a pause, or a mistake in the units. */
export const RATE_LIMITS = { least: 0.01, most: 10_000 } as const;

/**
 * Returns how many deliveries may begin at once: what the limit allows in a tenth of a second, at least one. So within
 * any second the limit is passed by no more than that.
 *
 * @param rateLimitPerSecond - null for no limit
 */
export function burstOf(rateLimitPerSecond: number | null): number {
  return rateLimitPerSecond === null ? Infinity : Math.max(1, Math.floor(withinBounds(rateLimitPerSecond) / 10));
}

/** Returns when the next delivery may begin, after `count` that begin at `now`. */
export function nextWithinLimit(rateLimitPerSecond: number, now: EpochMs, count: number): EpochMs {
  return now + Math.ceil((count * 1000) / withinBounds(rateLimitPerSecond));
}

/** A limit in a damaged row, such as 0, would otherwise stop the claims for all webhooks. */
function withinBounds(rateLimitPerSecond: number): number {
  const { least, most } = RATE_LIMITS;
  return rateLimitPerSecond > least ? Math.min(rateLimitPerSecond, most) : least;
}
