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
  it("is null from the last attempt on, and never before it", () =>
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

  it("is null after a 410, whatever attempts are left", () =>
    fc.assert(
      fc.property(retried, responses, chances, ({ config, attempt }, response, random) => {
        expect(nextAttempt(config, attempt, { ...response, statusCode: 410 }, random)).toBeNull();
      }),
    ));

  it("comes after the config's delay, less its jitter, unless Retry-After came with a 429 or 503", () =>
    fc.assert(
      fc.property(retried, responses, chances, ({ config, attempt }, response, random) => {
        fc.pre(response.retryAfterSeconds === null || (response.statusCode !== 429 && response.statusCode !== 503));
        const delaySeconds = jittered(retryDelay(config, attempt - 1), config.jitterFraction ?? 0, random);
        expect(nextAttempt(config, attempt, response, random)).toEqual({ delaySeconds });
      }),
    ));

  it("after a 429 or 503 waits as Retry-After asks, up to maxRetryAfterSeconds, or longer if so configured", () =>
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

  it("is from 0 seconds to a year away, whatever the receiver answered", () =>
    fc.assert(
      fc.property(retried, responses, chances, ({ config, attempt }, response, random) => {
        const delay = nextAttempt(config, attempt, response, random)?.delaySeconds;
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(LONGEST_DELAY_SECONDS);
      }),
    ));

  it("does not depend on chance if the config has no jitter", () =>
    fc.assert(
      fc.property(retried, responses, chances, chances, ({ config, attempt }, response, one, other) => {
        const still = { ...config, jitterFraction: 0 };
        expect(nextAttempt(still, attempt, response, one)).toEqual(nextAttempt(still, attempt, response, other));
      }),
    ));
});

describe("pauseSeconds", () => {
  it("is null unless the answer was a 429, 502, 503 or 504", () =>
    fc.assert(
      fc.property(anyConfigs, responses, (config, response) => {
        const overloaded = [429, 502, 503, 504].some((statusCode) => statusCode === response.statusCode);
        expect(pauseSeconds(config, response) !== null).toBe(overloaded);
      }),
    ));

  it("is what Retry-After asks for, up to maxRetryAfterSeconds, or 5 s without one", () =>
    fc.assert(
      fc.property(anyConfigs, fc.constantFrom(429, 502, 503, 504), delays, (config, statusCode, retryAfterSeconds) => {
        const longest = config.maxRetryAfterSeconds ?? 3600;
        const asked = pauseSeconds(config, { statusCode, retryAfterSeconds });
        expect(asked).toBe(Math.min(retryAfterSeconds, longest));
        expect(pauseSeconds(config, { statusCode, retryAfterSeconds: null })).toBe(5);
      }),
    ));

  it("is no longer than the wait for the next attempt, after a 429 or 503 with Retry-After", () =>
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

  it("is true once deactivateAfterSeconds have passed, and not before", () =>
    fc.assert(
      fc.property(anyConfigs, instants, instants, (config, since, passedMs) => {
        const { deactivateAfterSeconds = 432_000 } = config;
        fc.pre(deactivateAfterSeconds !== null);
        expect(isFailing(config, since, since + passedMs)).toBe(passedMs >= deactivateAfterSeconds * 1000);
      }),
    ));

  it("is true from deactivatesAt on, which is a valid date, and never if that is null", () =>
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

  it("is false for a webhook that does not fail, and under a config that never deactivates", () =>
    fc.assert(
      fc.property(anyConfigs, instants, instants, (config, since, now) => {
        expect(isFailing(config, null, now)).toBe(false);
        expect(isFailing({ ...config, deactivateAfterSeconds: null }, since, now)).toBe(false);
      }),
    ));
});
