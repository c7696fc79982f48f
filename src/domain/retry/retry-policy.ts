import { isWithinDates, type EpochMs } from "../instant.ts";
import { DEFAULT_DEACTIVATE_AFTER_SECONDS, DEFAULT_MAX_RETRY_AFTER_SECONDS, type RetryConfig } from "./retry-config.ts";
import { attemptsInAll, jittered, retryDelay } from "./retry-delay.ts";

// What each status code means is the Standard Webhooks specification's advice ("Delivery success and failure").

/** What came back of a failed attempt. `statusCode` is null where there was no answer. */
export interface FailedResponse {
  readonly statusCode: number | null;
  /** What the receiver asked for in `Retry-After`; null where it did not. */
  readonly retryAfterSeconds: number | null;
}

export interface NextAttempt {
  /** Seconds from the end of the attempt before. */
  readonly delaySeconds: number;
}

/** How long a webhook pauses that did not say for how long. */
export const PAUSE_SECONDS = 5;

/** 410: the receiver wants nothing more, neither of this delivery nor of any other. */
export function isGone(statusCode: number | null): boolean {
  return statusCode === 410;
}

/** 429, 502, 503, 504: the receiver, or what stands before it, has more requests than it can take just now. */
export function isOverloaded(statusCode: number | null): boolean {
  return statusCode === 429 || statusCode === 502 || statusCode === 503 || statusCode === 504;
}

/**
 * When to try again after a failed attempt: after the delay of the config, jitter taken off. A 429 or a 503 is never
 * tried again sooner than its `Retry-After` asks for, up to `maxRetryAfterSeconds`.
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
 * How long a whole webhook pauses after an answer that says its receiver is overloaded: for its `Retry-After`, up to
 * `maxRetryAfterSeconds`, or else for {@link PAUSE_SECONDS}.
 *
 * @returns null for every other answer, and for none
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
 * From when on a webhook that goes on failing is to be deactivated, by the first attempt that fails then or later.
 *
 * @param failingSince - the first failure since its last success; null if there is none
 * @returns null where it does not fail, and for never: where the config says so, or for so long that no date reaches there
 */
export function deactivatesAt(
  { deactivateAfterSeconds = DEFAULT_DEACTIVATE_AFTER_SECONDS }: RetryConfig,
  failingSince: EpochMs | null,
): EpochMs | null {
  if (failingSince === null || deactivateAfterSeconds === null) return null;
  const at = failingSince + Math.ceil(1000 * deactivateAfterSeconds);
  return isWithinDates(at) ? at : null;
}

/** Whether a webhook has failed for so long that it is to be deactivated, as {@link deactivatesAt} tells. */
export function isFailing(config: RetryConfig, failingSince: EpochMs | null, now: EpochMs): boolean {
  const at = deactivatesAt(config, failingSince);
  return at !== null && now >= at;
}
