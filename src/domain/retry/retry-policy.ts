import { isWithinDates, type EpochMs } from "../instant.ts";
import { DEFAULT_DEACTIVATE_AFTER_SECONDS, DEFAULT_MAX_RETRY_AFTER_SECONDS, type RetryConfig } from "./retry-config.ts";
import { attemptsInAll, jittered, retryDelay } from "./retry-delay.ts";

// The meaning of each status code follows the advice of the Standard Webhooks specification ("Delivery success and
// failure").

/** What a failed attempt brought back. `statusCode` is null if there was no answer. */
export interface FailedResponse {
  readonly statusCode: number | null;
  /** What the receiver asked for in `Retry-After`; null if it asked for nothing. */
  readonly retryAfterSeconds: number | null;
}

export interface NextAttempt {
  /** Seconds from the end of the attempt before. */
  readonly delaySeconds: number;
}

/** How long a webhook pauses if its receiver did not say for how long. */
const PAUSE_SECONDS = 5;

/** 410: the receiver wants nothing more, of this delivery or any other. */
export function isGone(statusCode: number | null): boolean {
  return statusCode === 410;
}

/** 429, 502, 503, 504: the receiver, or a server in front of it, has more requests than it can take at the moment. */
export function isOverloaded(statusCode: number | null): boolean {
  return statusCode === 429 || statusCode === 502 || statusCode === 503 || statusCode === 504;
}

/**
 * Returns when to try again after a failed attempt: after the delay of the config, less its jitter. After a 429 or a
 * 503 it is never sooner than `Retry-After` asks for, up to `maxRetryAfterSeconds`.
 *
 * @param attemptInRound - the attempt that failed, counted from 1 since the delivery was scheduled or redelivered
 * @param random - from 0 up to, not including, 1
 * @returns null if that was the last attempt, or if the receiver is gone
 */
export function nextAttempt(
  config: RetryConfig,
  attemptInRound: number,
  response: FailedResponse,
  random: number,
): NextAttempt | null {
  if (isGone(response.statusCode) || attemptInRound >= attemptsInAll(config)) return null;
  const backoffSeconds = jittered(retryDelay(config, attemptInRound - 1), config.jitterFraction ?? 0, random);
  return { delaySeconds: Math.max(backoffSeconds, soonestSeconds(config, response)) };
}

function soonestSeconds(config: RetryConfig, response: FailedResponse): number {
  const heeded = response.statusCode === 429 || response.statusCode === 503;
  return heeded ? (honouredSeconds(config, response) ?? 0) : 0;
}

/**
 * Returns how long the whole webhook pauses after an answer that says its receiver is overloaded: as long as its
 * `Retry-After` says, up to `maxRetryAfterSeconds`, or {@link PAUSE_SECONDS} if it has none.
 *
 * @returns null for every other answer, and if there was none
 */
export function pauseSeconds(config: RetryConfig, response: FailedResponse): number | null {
  return isOverloaded(response.statusCode) ? (honouredSeconds(config, response) ?? PAUSE_SECONDS) : null;
}

function honouredSeconds(
  { maxRetryAfterSeconds = DEFAULT_MAX_RETRY_AFTER_SECONDS }: RetryConfig,
  { retryAfterSeconds }: FailedResponse,
): number | null {
  return retryAfterSeconds === null ? null : Math.min(retryAfterSeconds, maxRetryAfterSeconds);
}

/**
 * Returns the time from which the first attempt that fails deactivates a webhook that goes on failing.
 *
 * @param failingSince - the first failure since its last success; null if there is none
 * @returns null if the webhook does not fail, and for never: if the config says so, or names a time that no date
 *   reaches
 */
export function deactivatesAt(
  { deactivateAfterSeconds = DEFAULT_DEACTIVATE_AFTER_SECONDS }: RetryConfig,
  failingSince: EpochMs | null,
): EpochMs | null {
  if (failingSince === null || deactivateAfterSeconds === null) return null;
  const at = failingSince + Math.ceil(1000 * deactivateAfterSeconds);
  return isWithinDates(at) ? at : null;
}

/** Whether a webhook has failed long enough to be deactivated, by {@link deactivatesAt}. */
export function isFailing(config: RetryConfig, failingSince: EpochMs | null, now: EpochMs): boolean {
  const at = deactivatesAt(config, failingSince);
  return at !== null && now >= at;
}
