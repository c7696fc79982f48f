import fc from "fast-check";
import { LONGEST_DELAY_SECONDS, LONGEST_SCHEDULE, type RetryConfig } from "../../src/domain/retry/index.ts";

/** Every delay that a retry config may name. */
export const delays: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, Number.MIN_VALUE, 1, LONGEST_DELAY_SECONDS),
  fc.double({ min: 0, max: LONGEST_DELAY_SECONDS, noNaN: true }),
);

export const schedules: fc.Arbitrary<readonly number[]> = fc
  .array(delays, { maxLength: LONGEST_SCHEDULE - 1 })
  .map((others) => [0, ...others]);

export const chances: fc.Arbitrary<number> = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const exponential = {
  maxRetries: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  baseDelaySeconds: delays,
  maxDelaySeconds: delays,
  backoffMultiplier: fc.oneof(
    fc.constantFrom(1, 2, Number.MAX_VALUE),
    fc.double({ min: 1, max: Number.MAX_VALUE, noNaN: true }),
  ),
};

const optional = {
  jitterFraction: fc.double({ min: 0, max: 1, noNaN: true }),
  maxRetryAfterSeconds: delays,
  deactivateAfterSeconds: fc.option(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true })),
};

const requiredKeys = ["maxRetries", "baseDelaySeconds", "maxDelaySeconds", "backoffMultiplier"] as const;

/** Every config without a schedule that `parseRetryConfig` accepts, up to its limits. */
export const exponentialConfigs: fc.Arbitrary<RetryConfig> = fc.record(
  { ...exponential, ...optional },
  { noNullPrototype: true, requiredKeys: [...requiredKeys] },
);

/** Every config with a schedule. */
export const scheduledConfigs = fc
  .tuple(exponentialConfigs, schedules)
  .map(([config, scheduleSeconds]) => ({ ...config, scheduleSeconds }));

export const anyConfigs: fc.Arbitrary<RetryConfig> = fc.oneof(exponentialConfigs, scheduledConfigs);
