/** How often, and how patiently, a delivery is tried. The seed's `RetryConfig`, with its defaults. */
export interface RetryConfig {
  /** Attempts in all, the first included: the seed's loop runs `max_retries` times. A whole number, 1 or more. */
  readonly maxRetries: number;
  /** Seconds before the second attempt. */
  readonly baseDelaySeconds: number;
  /** No delay is longer than this many seconds. */
  readonly maxDelaySeconds: number;
  /** Each delay is this many times the one before; 1 or more. */
  readonly backoffMultiplier: number;
  /** Which part of each delay is left to chance, from 0 (none, the seed's) to 1 (all of it). */
  readonly jitterFraction?: number;
  /**
   * An explicit schedule in place of the four settings above: the delay in seconds before each attempt, so that its
   * length is the number of attempts in all. It begins with 0, as the first attempt is made at once, and is kept as it
   * is given: a delay may be shorter than the one before. An empty one takes the schedule away again.
   */
  readonly scheduleSeconds?: readonly number[];
  /** A receiver's `Retry-After` counts up to this many seconds; {@link DEFAULT_MAX_RETRY_AFTER_SECONDS} if not given. */
  readonly maxRetryAfterSeconds?: number;
  /**
   * A webhook that has done nothing but fail for this many seconds is deactivated, null for never;
   * {@link DEFAULT_DEACTIVATE_AFTER_SECONDS} if not given.
   */
  readonly deactivateAfterSeconds?: number | null;
}

export const DEFAULT_RETRY_CONFIG: RetryConfig = {
  maxRetries: 5,
  baseDelaySeconds: 1,
  maxDelaySeconds: 60,
  backoffMultiplier: 2,
};

/** An hour. */
export const DEFAULT_MAX_RETRY_AFTER_SECONDS = 3600;

/** Five days, after which Svix disables an endpoint too. */
export const DEFAULT_DEACTIVATE_AFTER_SECONDS = 432_000;

/** A year: a retry that is due later than this is a mistake in the units. */
export const LONGEST_DELAY_SECONDS = 31_536_000;
