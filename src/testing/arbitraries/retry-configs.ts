import fc from "fast-check";
import type { RetryConfig } from "../../domain/retry/index.ts";
import { fraction } from "./values.ts";

const schedules = fc.constantFrom<readonly number[]>([0], [0, 5], [0, 5, 300], [0, 300, 5], [0, 0.5, 0]);

const retrySettings = {
  maxRetries: fc.integer({ min: 1, max: 3 }),
  baseDelaySeconds: fc.oneof(fc.constant(0), fraction(100)),
  maxDelaySeconds: fc.oneof(fc.constant(60), fraction(1000)),
  backoffMultiplier: fc.oneof(
    fc.constant(1),
    fraction(10).map((more) => 1 + more),
  ),
  jitterFraction: fraction(1),
  scheduleSeconds: schedules,
  maxRetryAfterSeconds: fc.constantFrom(0, 10, 3600),
  deactivateAfterSeconds: fc.constantFrom(null, 60, 432_000),
};

/** Valid retry configs of up to three attempts, with and without a schedule. */
export const retryConfigs: fc.Arbitrary<RetryConfig> = fc.record(retrySettings, {
  requiredKeys: ["maxRetries", "baseDelaySeconds", "maxDelaySeconds", "backoffMultiplier"],
});

/** Some settings of a retry config. What is left out stays as it is. */
export const retryConfigChanges: fc.Arbitrary<Partial<RetryConfig>> = fc.record(
  { ...retrySettings, scheduleSeconds: fc.oneof(schedules, fc.constant([])) },
  { requiredKeys: [] },
);
