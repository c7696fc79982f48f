/** How often, and at what intervals, a delivery is tried. Kemi's `RetryConfig`, with its defaults. */
export interface RetryConfig {
  /** Attempts in all, including the first: kemi's loop runs `max_retries` times. A whole number, 1 or more. */
  readonly maxRetries: number;
  /** Seconds before the second attempt. */
  readonly baseDelaySeconds: number;
  /** No delay is longer than this many seconds, unless the receiver asks for more by `Retry-After`. */
  readonly maxDelaySeconds: number;
  /** Each delay is this many times the one before; 1 or more. */
  readonly backoffMultiplier: number;
  /** The share of each delay that is left to chance, from 0 (none, as in kemi) to 1 (all of it). */
  readonly jitterFraction?: number;
  /**
   * An explicit schedule, which replaces all of the above but the jitter: the delay in seconds before each attempt, so
   * its length is the number of attempts in all. It begins with 0, as the first attempt is made at once. A delay may be
   * shorter than the one before. To remove a schedule, give an empty one, or one of what it replaces without a
   * schedule.
   */
  readonly scheduleSeconds?: readonly number[];
  /** A receiver's `Retry-After` counts up to this many seconds; {@link DEFAULT_MAX_RETRY_AFTER_SECONDS} by default. */
  readonly maxRetryAfterSeconds?: number;
  /**
   * A webhook whose every attempt has failed for this many seconds is deactivated; null for never. {@link
   * DEFAULT_DEACTIVATE_AFTER_SECONDS} by default.
   */
  readonly deactivateAfterSeconds?: number | null;
}

/** Five attempts, with delays of 1, 2, 4 and 8 seconds, as in kemi. */
export const DEFAULT_RETRY_CONFIG: RetryConfig = {
  maxRetries: 5,
  baseDelaySeconds: 1,
  maxDelaySeconds: 60,
  backoffMultiplier: 2,
};

/** An hour. */
export const DEFAULT_MAX_RETRY_AFTER_SECONDS = 3600;

/** Five days, after which Svix too disables a receiver. */
export const DEFAULT_DEACTIVATE_AFTER_SECONDS = 432_000;

/** A year: a longer delay is a mistake in the units. */
export const LONGEST_DELAY_SECONDS = 31_536_000;

/** The most attempts that a schedule may name. */
export const LONGEST_SCHEDULE = 100;

/**
 * The example schedule of the Standard Webhooks specification ("Deliverability and reliability"), for
 * `retryConfig.scheduleSeconds`. Ten attempts: at once and then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h
 * and 24 h. From the first to the last takes 75 h 35 min 5 s.
 */
export const standardWebhooksSchedule: readonly number[] = Object.freeze([
  0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
]);
