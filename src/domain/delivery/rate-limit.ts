import type { EpochMs } from "../instant.ts";

/** In requests a second. Slower than one in a hundred seconds is a pause, or a mistake in the units. */
export const RATE_LIMITS = { least: 0.01, most: 10_000 } as const;

/**
 * Returns how many deliveries to one webhook may begin at once: what the limit allows in a tenth of a second, at least
 * one. So within any second the limit is passed by no more than that.
 *
 * @param rateLimitPerSecond - null for no limit
 */
export function burstOf(rateLimitPerSecond: number | null): number {
  return rateLimitPerSecond === null ? Infinity : Math.max(1, Math.floor(withinBounds(rateLimitPerSecond) / 10));
}

/** Returns those in front that may begin at once, by the rate limits of their webhooks; others are left out. */
export function withinLimits<Found>(
  found: readonly Found[],
  webhookIdOf: (one: Found) => string,
  limitOf: (webhookId: string) => number | null,
): Found[] {
  const counts = new Map<string, number>();
  return found.filter((one) => {
    const webhookId = webhookIdOf(one);
    const count = (counts.get(webhookId) ?? 0) + 1;
    counts.set(webhookId, count);
    return count <= burstOf(limitOf(webhookId));
  });
}

/**
 * Returns until when the webhooks that have a rate limit wait, after deliveries to them begin at `now`.
 *
 * @param webhookIds - the webhook of each delivery
 */
export function waitsAfter(
  webhookIds: readonly string[],
  limitOf: (webhookId: string) => number | null,
  now: EpochMs,
): ReadonlyMap<string, EpochMs> {
  const counts = new Map<string, number>();
  const waits = new Map<string, EpochMs>();
  for (const webhookId of webhookIds) {
    const rateLimitPerSecond = limitOf(webhookId);
    if (rateLimitPerSecond === null) continue;
    const count = (counts.get(webhookId) ?? 0) + 1;
    counts.set(webhookId, count);
    waits.set(webhookId, nextWithinLimit(rateLimitPerSecond, now, count));
  }
  return waits;
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
