import type { EpochMs } from "../instant.ts";
import { parseHttpDate } from "./http-date.ts";
import { LONGEST_DELAY_SECONDS } from "./retry-config.ts";

/**
 * Parses the value of a `Retry-After` header (RFC 9110, section 10.2.3): a number of seconds, or an HTTP-date.
 *
 * @param nowMs - when the response came
 * @returns seconds from `nowMs` on: 0 for a date in the past, at most {@link LONGEST_DELAY_SECONDS}; null if the value
 *   is neither a number of seconds nor an HTTP-date
 */
export function parseRetryAfter(value: string, nowMs: EpochMs): number | null {
  const seconds = /^\d+$/.test(value) ? Number(value) : secondsUntil(parseHttpDate(value, nowMs), nowMs);
  return seconds === null ? null : Math.min(seconds, LONGEST_DELAY_SECONDS);
}

function secondsUntil(instant: EpochMs | null, now: EpochMs): number | null {
  return instant === null ? null : Math.max(0, instant - now) / 1000;
}
