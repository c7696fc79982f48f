export { DEFAULT_RETRY_CONFIG, LONGEST_DELAY_SECONDS, parseRetryConfig, type RetryConfig } from "./retry-config.ts";
export { jittered, retryDelay } from "./retry-delay.ts";
