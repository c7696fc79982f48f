import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attemptsInAll,
  deactivatesAt,
  isFailing,
  jittered,
  LONGEST_DELAY_SECONDS,
  nextAttempt,
  pauseSeconds,
  retryDelay,
  type FailedResponse,
} from "../../src/domain/retry/index.ts";
import { anyConfigs, chances, delays } from "../support/retry-configs.ts";

const statusCodes = fc.oneof(
  fc.constantFrom(429, 500, 502, 503, 504),
  fc.integer({ min: 300, max: 999 }).filter((statusCode) => statusCode !== 410),
);
const responses: fc.Arbitrary<FailedResponse> = fc.record({
  statusCode: fc.option(statusCodes),
  retryAfterSeconds: fc.option(delays),
});

/** A config, and an attempt that is not its last. */
const retried = anyConfigs
  .filter((config) => attemptsInAll(config) > 1)
  .chain((config) =>
    fc.record({ config: fc.constant(config), attempt: fc.integer({ min: 1, max: attemptsInAll(config) - 1 }) }),
  );

describe("nextAttempt", () => {
  it("is none from the last attempt on, and some before it", () =>
    fc.assert(
      fc.property(
        anyConfigs,
        fc.integer({ min: 1, max: 200 }),
        responses,
        chances,
        (config, attempt, response, random) => {
          const isLast = attempt >= attemptsInAll(config);
          expect(nextAttempt(config, attempt, response, random) === null).toBe(isLast);
        },
      ),
    ));

  it("is none after a 410, whatever attempts are left", () =>
    fc.assert(
      fc.property(retried, responses, chances, ({ config, attempt }, response, random) => {
        expect(nextAttempt(config, attempt, { ...response, statusCode: 410 }, random)).toBeNull();
      }),
    ));

  it("is after the delay of the config, jitter taken off, where the receiver asks for nothing that counts", () =>
    fc.assert(
      fc.property(retried, responses, chances, ({ config, attempt }, response, random) => {
        fc.pre(response.retryAfterSeconds === null || (response.statusCode !== 429 && response.statusCode !== 503));
        const delaySeconds = jittered(retryDelay(config, attempt - 1), config.jitterFraction ?? 0, random);
        expect(nextAttempt(config, attempt, response, random)).toEqual({ delaySeconds });
      }),
    ));

  it("after a 429 or 503 is never sooner than what the receiver asked for, up to the most that counts", () =>
    fc.assert(
      fc.property(
        ...[retried, fc.constantFrom(429, 503), delays, chances],
        ({ config, attempt }, statusCode, retryAfterSeconds, random) => {
          const delay = nextAttempt(config, attempt, { statusCode, retryAfterSeconds }, random)?.delaySeconds;
          const honoured = Math.min(retryAfterSeconds, config.maxRetryAfterSeconds ?? 3600);
          expect(delay).toBeGreaterThanOrEqual(honoured);
          expect(delay).toBeLessThanOrEqual(Math.max(honoured, retryDelay(config, attempt - 1)));
        },
      ),
    ));

  it("is from now up to a year away, whatever came back", () =>
    fc.assert(
      fc.property(retried, responses, chances, ({ config, attempt }, response, random) => {
        const delay = nextAttempt(config, attempt, response, random)?.delaySeconds;
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(LONGEST_DELAY_SECONDS);
      }),
    ));

  it("without jitter leaves nothing to chance", () =>
    fc.assert(
      fc.property(retried, responses, chances, chances, ({ config, attempt }, response, one, other) => {
        const still = { ...config, jitterFraction: 0 };
        expect(nextAttempt(still, attempt, response, one)).toEqual(nextAttempt(still, attempt, response, other));
      }),
    ));
});

describe("pauseSeconds", () => {
  it("is there after a 429, 502, 503 and 504 alone", () =>
    fc.assert(
      fc.property(anyConfigs, responses, (config, response) => {
        const overloaded = [429, 502, 503, 504].some((statusCode) => statusCode === response.statusCode);
        expect(pauseSeconds(config, response) !== null).toBe(overloaded);
      }),
    ));

  it("is what the receiver asked for, up to the most that counts; 5 s if it did not say", () =>
    fc.assert(
      fc.property(anyConfigs, fc.constantFrom(429, 502, 503, 504), delays, (config, statusCode, retryAfterSeconds) => {
        const longest = config.maxRetryAfterSeconds ?? 3600;
        const asked = pauseSeconds(config, { statusCode, retryAfterSeconds });
        expect(asked).toBe(Math.min(retryAfterSeconds, longest));
        expect(pauseSeconds(config, { statusCode, retryAfterSeconds: null })).toBe(5);
      }),
    ));

  it("is no longer than the wait for the next attempt, after a 429 or 503 that says for how long", () =>
    fc.assert(
      fc.property(
        ...[retried, fc.constantFrom(429, 503), delays, chances],
        ({ config, attempt }, statusCode, retryAfterSeconds, random) => {
          const response = { statusCode, retryAfterSeconds };
          const pause = pauseSeconds(config, response);
          expect(nextAttempt(config, attempt, response, random)?.delaySeconds).toBeGreaterThanOrEqual(pause ?? 0);
        },
      ),
    ));
});

describe("isFailing", () => {
  const instants = fc.integer({ min: 0, max: 4_000_000_000_000 });

  it("is so once the time is over, and from then on", () =>
    fc.assert(
      fc.property(anyConfigs, instants, instants, (config, since, passedMs) => {
        const { deactivateAfterSeconds = 432_000 } = config;
        fc.pre(deactivateAfterSeconds !== null);
        expect(isFailing(config, since, since + passedMs)).toBe(passedMs >= deactivateAfterSeconds * 1000);
      }),
    ));

  it("is so from deactivatesAt on, which is a date, or null for never", () =>
    fc.assert(
      fc.property(anyConfigs, fc.option(instants), (config, since) => {
        const at = deactivatesAt(config, since);
        if (at === null) {
          expect(isFailing(config, since, 8.64e15)).toBe(false);
          return;
        }
        expect(new Date(at).getTime()).toBe(at);
        expect(isFailing(config, since, at)).toBe(true);
        expect(isFailing(config, since, at - 1)).toBe(false);
      }),
    ));

  it("is never so for a webhook that does not fail, or under a config that says never", () =>
    fc.assert(
      fc.property(anyConfigs, instants, instants, (config, since, now) => {
        expect(isFailing(config, null, now)).toBe(false);
        expect(isFailing({ ...config, deactivateAfterSeconds: null }, since, now)).toBe(false);
      }),
    ));
});
