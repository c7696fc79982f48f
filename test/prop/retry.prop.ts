import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attemptsInAll,
  DEFAULT_RETRY_CONFIG,
  jittered,
  LONGEST_DELAY_SECONDS,
  parseRetryConfig,
  retryDelay,
} from "../../src/domain/retry/index.ts";
import {
  anyConfigs,
  chances,
  delays,
  exponentialConfigs,
  scheduledConfigs,
  schedules,
} from "../support/retry-configs.ts";

const attempts = fc.oneof(fc.nat(20), fc.nat(1_000_000), fc.constant(1_000_000));

describe("retryDelay without a schedule", () => {
  it("is finite, and from 0 to maxDelaySeconds", () =>
    fc.assert(
      fc.property(exponentialConfigs, attempts, (config, attempt) => {
        const delay = retryDelay(config, attempt);
        expect(Number.isFinite(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(config.maxDelaySeconds);
      }),
    ));

  it("is never less for a later attempt", () =>
    fc.assert(
      fc.property(exponentialConfigs, attempts, attempts, (config, one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        expect(retryDelay(config, later)).toBeGreaterThanOrEqual(retryDelay(config, earlier));
      }),
    ));

  it("equals the seed's formula if that gives a number", () =>
    fc.assert(
      fc.property(exponentialConfigs, fc.nat(50), (config, attempt) => {
        const { baseDelaySeconds, backoffMultiplier, maxDelaySeconds } = config;
        const seeds = Math.min(baseDelaySeconds * backoffMultiplier ** attempt, maxDelaySeconds);
        fc.pre(!Number.isNaN(seeds));
        expect(retryDelay(config, attempt)).toBe(seeds);
      }),
    ));

  it("is the same with an empty schedule, which counts as none", () =>
    fc.assert(
      fc.property(exponentialConfigs, attempts, (config, attempt) => {
        const withNone = { ...config, scheduleSeconds: [] };
        expect(retryDelay(withNone, attempt)).toBe(retryDelay(config, attempt));
        expect(attemptsInAll(withNone)).toBe(config.maxRetries);
      }),
    ));
});

describe("retryDelay of a config that was not parsed", () => {
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, -1, -0, 0.5, 1, Infinity, -Infinity, Number.MAX_VALUE, 2 ** 53),
  );
  const config = fc.record({
    maxRetries: number,
    baseDelaySeconds: number,
    maxDelaySeconds: number,
    backoffMultiplier: number,
    scheduleSeconds: fc.oneof(fc.constant([]), fc.array(number, { maxLength: 4 })),
  });

  it("is never NaN or negative, and without a schedule never less for a later attempt", () =>
    fc.assert(
      fc.property(config, number, number, (raw, one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        for (const attempt of [one, other]) expect(retryDelay(raw, attempt)).toBeGreaterThanOrEqual(0);
        if (raw.scheduleSeconds.length === 0)
          expect(retryDelay(raw, later)).toBeGreaterThanOrEqual(retryDelay(raw, earlier));
      }),
      { numRuns: 1000 },
    ));

  it("is at most maxDelaySeconds, or at most a year if there is a schedule", () =>
    fc.assert(
      fc.property(config, number, (raw, attempt) => {
        const most = raw.scheduleSeconds.length === 0 ? raw.maxDelaySeconds : LONGEST_DELAY_SECONDS;
        expect(retryDelay(raw, attempt)).toBeLessThanOrEqual(most > 0 ? most : 0);
      }),
      { numRuns: 1000 },
    ));
});

describe("retryDelay with a schedule", () => {
  it("gives the delays of the schedule in order, after the first attempt, which is made at once", () =>
    fc.assert(
      fc.property(scheduledConfigs, (config) => {
        const count = attemptsInAll(config);
        const waited = Array.from({ length: count - 1 }, (_, attempt) => retryDelay(config, attempt));
        expect([0, ...waited]).toEqual(config.scheduleSeconds);
      }),
    ));

  it("is one of the schedule's delays, whatever the attempt", () =>
    fc.assert(
      fc.property(scheduledConfigs, attempts, (config, attempt) => {
        expect(config.scheduleSeconds).toContain(retryDelay(config, attempt));
      }),
    ));
});

describe("jittered", () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });

  it("is at most the delay, and at least the delay less the fraction", () =>
    fc.assert(
      fc.property(delays, fraction, chances, (delay, part, random) => {
        const jittery = jittered(delay, part, random);
        expect(jittery).toBeLessThanOrEqual(delay);
        expect(jittery).toBeGreaterThanOrEqual(delay * (1 - part));
      }),
    ));

  it("is the delay itself if the fraction is 0", () =>
    fc.assert(
      fc.property(delays, chances, (delay, random) => {
        expect(jittered(delay, 0, random)).toBe(delay);
      }),
    ));
});

describe("parseRetryConfig", () => {
  it("returns a valid config unchanged, except that it leaves out a jitter of 0", () =>
    fc.assert(
      fc.property(anyConfigs, (config) => {
        const { jitterFraction, ...exact } = config;
        const expected = jitterFraction === undefined || jitterFraction === 0 ? exact : config;
        expect(parseRetryConfig(config)._unsafeUnwrap()).toStrictEqual(expected);
      }),
    ));

  it("removes a schedule if it is given an empty one, and changes nothing else", () =>
    fc.assert(
      fc.property(exponentialConfigs, schedules, (config, scheduleSeconds) => {
        const exact = parseRetryConfig(config)._unsafeUnwrap();
        const scheduled = parseRetryConfig({ scheduleSeconds }, exact)._unsafeUnwrap();
        expect(scheduled).toStrictEqual({ ...exact, scheduleSeconds });
        expect(parseRetryConfig({ scheduleSeconds: [] }, scheduled)._unsafeUnwrap()).toStrictEqual(exact);
      }),
    ));

  it("keeps the defaults' schedule, unless it is given a setting that a schedule replaces", () =>
    fc.assert(
      fc.property(scheduledConfigs, fc.subarray(Object.keys(DEFAULT_RETRY_CONFIG)), (config, names) => {
        const defaults = parseRetryConfig(config)._unsafeUnwrap();
        const given = Object.fromEntries(Object.entries(DEFAULT_RETRY_CONFIG).filter(([name]) => names.includes(name)));
        const { scheduleSeconds, ...exponential } = defaults;
        const expected = names.length === 0 ? defaults : { ...exponential, ...given };
        expect(parseRetryConfig(given, defaults)._unsafeUnwrap()).toStrictEqual(expected);
        const both = parseRetryConfig({ ...given, scheduleSeconds }, defaults)._unsafeUnwrap();
        expect(both).toStrictEqual({ ...defaults, ...given });
      }),
    ));

  it("is idempotent, and never throws, but names the field that it refuses", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          anyConfigs,
          fc.record({ scheduleSeconds: fc.oneof(fc.anything(), fc.array(fc.anything())) }),
        ),
        (input) => {
          const parsed = parseRetryConfig(input);
          if (parsed.isErr()) expect(parsed.error.field).toMatch(/^retryConfig/);
          else expect(parseRetryConfig(parsed.value)._unsafeUnwrap()).toStrictEqual(parsed.value);
        },
      ),
    ));
});
