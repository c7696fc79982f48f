import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  jittered,
  LONGEST_DELAY_SECONDS,
  parseRetryConfig,
  retryDelay,
  type RetryConfig,
} from "../../src/domain/retry/index.ts";

const seconds = fc.oneof(
  fc.constantFrom(0, Number.MIN_VALUE, 1, LONGEST_DELAY_SECONDS),
  fc.double({ min: 0, max: LONGEST_DELAY_SECONDS, noNaN: true }),
);

/** Every config that `parseRetryConfig` lets through, drawn to its limits. */
const configs: fc.Arbitrary<RetryConfig> = fc.record(
  {
    maxRetries: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    baseDelaySeconds: seconds,
    maxDelaySeconds: seconds,
    backoffMultiplier: fc.oneof(
      fc.constantFrom(1, 2, Number.MAX_VALUE),
      fc.double({ min: 1, max: Number.MAX_VALUE, noNaN: true }),
    ),
    jitterFraction: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { noNullPrototype: true, requiredKeys: ["maxRetries", "baseDelaySeconds", "maxDelaySeconds", "backoffMultiplier"] },
);
const attempts = fc.oneof(fc.nat(20), fc.nat(1_000_000), fc.constant(1_000_000));

describe("retryDelay", () => {
  it("is finite, from 0 up to the maximum", () =>
    fc.assert(
      fc.property(configs, attempts, (config, attempt) => {
        const delay = retryDelay(config, attempt);
        expect(Number.isFinite(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(config.maxDelaySeconds);
      }),
    ));

  it("is never less for a later attempt", () =>
    fc.assert(
      fc.property(configs, attempts, attempts, (config, one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        expect(retryDelay(config, later)).toBeGreaterThanOrEqual(retryDelay(config, earlier));
      }),
    ));

  it("is the seed's formula wherever that is a number", () =>
    fc.assert(
      fc.property(configs, fc.nat(50), (config, attempt) => {
        const { baseDelaySeconds, backoffMultiplier, maxDelaySeconds } = config;
        const seeds = Math.min(baseDelaySeconds * backoffMultiplier ** attempt, maxDelaySeconds);
        fc.pre(!Number.isNaN(seeds));
        expect(retryDelay(config, attempt)).toBe(seeds);
      }),
    ));
});

describe("jittered", () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });

  it("is at most the delay, and at least what the fraction leaves", () =>
    fc.assert(
      fc.property(seconds, fraction, chance, (delay, part, random) => {
        const jittery = jittered(delay, part, random);
        expect(jittery).toBeLessThanOrEqual(delay);
        expect(jittery).toBeGreaterThanOrEqual(delay * (1 - part));
      }),
    ));

  it("without a fraction is the delay itself", () =>
    fc.assert(
      fc.property(seconds, chance, (delay, random) => {
        expect(jittered(delay, 0, random)).toBe(delay);
      }),
    ));
});

describe("parseRetryConfig", () => {
  it("lets a right config through as it is, but for a jitter of nothing", () =>
    fc.assert(
      fc.property(configs, (config) => {
        const { jitterFraction, ...exact } = config;
        const expected = jitterFraction === undefined || jitterFraction === 0 ? exact : config;
        expect(parseRetryConfig(config)._unsafeUnwrap()).toStrictEqual(expected);
      }),
    ));

  it("is idempotent, and answers anything without throwing", () =>
    fc.assert(
      fc.property(fc.oneof(fc.anything(), configs), (input) => {
        const parsed = parseRetryConfig(input);
        if (parsed.isErr()) expect(parsed.error.field).toMatch(/^retryConfig/);
        else expect(parseRetryConfig(parsed.value)._unsafeUnwrap()).toStrictEqual(parsed.value);
      }),
    ));
});
