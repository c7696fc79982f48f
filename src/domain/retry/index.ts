export { parseRetryConfig } from "./parse-retry-config.ts";
export { parseRetryAfter } from "./retry-after.ts";
export {
  DEFAULT_DEACTIVATE_AFTER_SECONDS,
  DEFAULT_MAX_RETRY_AFTER_SECONDS,
  DEFAULT_RETRY_CONFIG,
  LONGEST_DELAY_SECONDS,
  LONGEST_SCHEDULE,
  standardWebhooksSchedule,
  type RetryConfig,
} from "./retry-config.ts";
export { attemptsInAll, jittered, retryDelay } from "./retry-delay.ts";
export {
  deactivatesAt,
  isFailing,
  isGone,
  isOverloaded,
  nextAttempt,
  pauseSeconds,
  type FailedResponse,
  type NextAttempt,
} from "./retry-policy.ts";
