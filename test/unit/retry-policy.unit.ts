import { describe, expect, it } from "vitest";
import {
  deactivatesAt,
  DEFAULT_RETRY_CONFIG,
  isFailing,
  isGone,
  nextAttempt,
  pauseSeconds,
  standardWebhooksSchedule,
  type FailedResponse,
} from "../../src/domain/retry/index.ts";

const busy = (retryAfterSeconds: number | null): FailedResponse => ({ statusCode: 503, retryAfterSeconds });
const silent: FailedResponse = { statusCode: null, retryAfterSeconds: null };

describe("nextAttempt", () => {
  const delays = (config: typeof DEFAULT_RETRY_CONFIG, attempts: number) =>
    Array.from({ length: attempts }, (_, index) => nextAttempt(config, index + 1, silent, 0)?.delaySeconds ?? null);

  it("by default comes after 1, 2, 4 and 8 seconds, and then no more", () =>
    expect(delays(DEFAULT_RETRY_CONFIG, 5)).toEqual([1, 2, 4, 8, null]));

  it("by a schedule comes after its delays, and then no more", () => {
    const config = { ...DEFAULT_RETRY_CONFIG, scheduleSeconds: standardWebhooksSchedule };
    expect(delays(config, 10)).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, null]);
  });

  it("jitter shortens the delay of the config, but not what the receiver asks for", () => {
    const config = { ...DEFAULT_RETRY_CONFIG, baseDelaySeconds: 40, jitterFraction: 0.5 };
    expect(nextAttempt(config, 1, busy(null), 0.5)).toEqual({ delaySeconds: 30 });
    expect(nextAttempt(config, 1, busy(20), 0.5)).toEqual({ delaySeconds: 30 });
    expect(nextAttempt(config, 1, busy(35), 0.5)).toEqual({ delaySeconds: 35 });
  });

  it.each([
    [429, 30],
    [503, 30],
    [500, 1],
    [502, 1],
    [504, 1],
    [301, 1],
    [null, 1],
  ])("with a Retry-After of 30 s and the status %s comes after %i s", (statusCode, delaySeconds) =>
    expect(nextAttempt(DEFAULT_RETRY_CONFIG, 1, { statusCode, retryAfterSeconds: 30 }, 0)).toEqual({ delaySeconds }),
  );

  it("a Retry-After counts up to maxRetryAfterSeconds, by default an hour", () => {
    expect(nextAttempt(DEFAULT_RETRY_CONFIG, 1, busy(3601), 0)).toEqual({ delaySeconds: 3600 });
    const config = { ...DEFAULT_RETRY_CONFIG, maxRetryAfterSeconds: 0 };
    expect(nextAttempt(config, 1, busy(3601), 0)).toEqual({ delaySeconds: 1 });
  });
});

describe("isGone", () => {
  it("is true of a 410, but not of a 404 or of no answer", () =>
    expect([410, 404, null].map((statusCode) => isGone(statusCode))).toEqual([true, false, false]));
});

describe("pauseSeconds", () => {
  it("a Retry-After of 0 is a pause of 0", () => expect(pauseSeconds(DEFAULT_RETRY_CONFIG, busy(0))).toBe(0));

  it("maxRetryAfterSeconds does not shorten the 5 s of a receiver that asked for nothing", () => {
    const config = { ...DEFAULT_RETRY_CONFIG, maxRetryAfterSeconds: 1 };
    expect(pauseSeconds(config, busy(9))).toBe(1);
    expect(pauseSeconds(config, busy(null))).toBe(5);
  });
});

describe("isFailing", () => {
  it("is true after five days of nothing but failure, by default", () => {
    const days = (count: number) => count * 86_400_000;
    expect(isFailing(DEFAULT_RETRY_CONFIG, 0, days(5) - 1)).toBe(false);
    expect(isFailing(DEFAULT_RETRY_CONFIG, 0, days(5))).toBe(true);
    expect(deactivatesAt(DEFAULT_RETRY_CONFIG, days(1))).toBe(days(6));
  });

  it("is not true before the whole time is over, even if that is no whole number of milliseconds", () => {
    const config = { ...DEFAULT_RETRY_CONFIG, deactivateAfterSeconds: 0.0015 };
    expect([isFailing(config, 0, 1), isFailing(config, 0, 2)]).toEqual([false, true]);
  });
});
