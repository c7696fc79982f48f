import { describe, expect, it } from "vitest";
import {
  DEFAULT_RETRY_CONFIG,
  jittered,
  LONGEST_DELAY_SECONDS,
  LONGEST_SCHEDULE,
  parseRetryConfig,
  retryDelay,
  standardWebhooksSchedule,
} from "../../src/domain/retry/index.ts";

describe("retryDelay, the seed's backoff", () => {
  it("the seed's defaults wait 1, 2, 4, 8, 16 and 32 seconds, then always 60", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => retryDelay(DEFAULT_RETRY_CONFIG, attempt));
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("base and multiplier may be fractions", () => {
    const config = { maxRetries: 3, baseDelaySeconds: 0.5, maxDelaySeconds: 100, backoffMultiplier: 1.5 };
    expect([0, 1, 2].map((attempt) => retryDelay(config, attempt))).toEqual([0.5, 0.75, 1.125]);
  });

  it("a base above the maximum waits the maximum", () =>
    expect(retryDelay({ ...DEFAULT_RETRY_CONFIG, baseDelaySeconds: 90 }, 0)).toBe(60));

  it("a base of 0 waits 0, even if the power overflows", () => {
    const config = { ...DEFAULT_RETRY_CONFIG, baseDelaySeconds: 0 };
    expect([0, 1, 1_000_000].map((attempt) => retryDelay(config, attempt))).toEqual([0, 0, 0]);
  });

  it("attempt 1,000,000 waits the maximum", () => expect(retryDelay(DEFAULT_RETRY_CONFIG, 1_000_000)).toBe(60));
});

describe("retryDelay, by a schedule", () => {
  const scheduled = (...scheduleSeconds: number[]) => ({ ...DEFAULT_RETRY_CONFIG, scheduleSeconds });

  it("waits what the schedule says before the next attempt, even if that is less than before", () =>
    expect([0, 1, 2].map((attempt) => retryDelay(scheduled(0, 5, 300, 7), attempt))).toEqual([5, 300, 7]));

  it("ignores the base and the maximum", () =>
    expect(retryDelay({ ...scheduled(0, 5000), baseDelaySeconds: 0 }, 0)).toBe(5000));

  it("waits the last delay past the schedule's end", () => {
    expect(retryDelay(scheduled(0, 5, 300), 2)).toBe(300);
    expect(retryDelay(scheduled(0), 0)).toBe(0);
  });
});

describe("standardWebhooksSchedule", () => {
  const [second, minute, hour] = [1, 60, 3600];

  it("is the table of the Standard Webhooks specification", () => {
    expect(standardWebhooksSchedule).toEqual([
      ...[0, 5 * second, 5 * minute, 30 * minute, 2 * hour],
      ...[5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
    ]);
    const inAll = standardWebhooksSchedule.reduce((sum, delay) => sum + delay);
    expect(inAll).toBe(75 * hour + 35 * minute + 5 * second);
  });

  it("is a valid schedule, and is frozen, so nobody changes it for the others", () => {
    const config = parseRetryConfig({ scheduleSeconds: standardWebhooksSchedule })._unsafeUnwrap();
    expect(config).toEqual({ ...DEFAULT_RETRY_CONFIG, scheduleSeconds: standardWebhooksSchedule });
    expect(Object.isFrozen(standardWebhooksSchedule)).toBe(true);
  });
});

describe("jittered", () => {
  it("takes a random part of the fraction off the delay", () => {
    expect(jittered(8, 0.5, 0)).toBe(8);
    expect(jittered(8, 0.5, 0.5)).toBe(6);
    expect(jittered(8, 1, 0.75)).toBe(2);
    expect(jittered(8, 0, 0.75)).toBe(8);
  });
});

describe("parseRetryConfig", () => {
  const parsed = (input?: unknown) => parseRetryConfig(input)._unsafeUnwrap();
  const refused = (input: unknown) => parseRetryConfig(input)._unsafeUnwrapErr();

  it("without input gives the seed's defaults", () => {
    expect(parsed()).toEqual({ maxRetries: 5, baseDelaySeconds: 1, maxDelaySeconds: 60, backoffMultiplier: 2 });
    expect(parsed({})).toEqual(DEFAULT_RETRY_CONFIG);
    expect(parsed(undefined)).toEqual(DEFAULT_RETRY_CONFIG);
  });

  it("keeps what is given and completes the rest", () => {
    expect(parsed({ maxRetries: 9, backoffMultiplier: 1 })).toEqual({
      ...DEFAULT_RETRY_CONFIG,
      maxRetries: 9,
      backoffMultiplier: 1,
    });
  });

  it("takes what is missing from other defaults, their jitter too", () => {
    const defaults = { ...DEFAULT_RETRY_CONFIG, maxRetries: 2, jitterFraction: 0.5 };
    expect(parseRetryConfig({ baseDelaySeconds: 3 }, defaults)._unsafeUnwrap()).toEqual({
      ...defaults,
      baseDelaySeconds: 3,
    });
    expect(parseRetryConfig({ jitterFraction: 0 }, defaults)._unsafeUnwrap()).toStrictEqual({
      ...DEFAULT_RETRY_CONFIG,
      maxRetries: 2,
    });
  });

  it("undefined counts as absent", () => expect(parsed({ maxRetries: undefined })).toEqual(DEFAULT_RETRY_CONFIG));

  it("leaves out a jitterFraction of 0, and keeps any other", () => {
    expect(parsed({ jitterFraction: 0 })).toStrictEqual(DEFAULT_RETRY_CONFIG);
    expect(parsed({ jitterFraction: 1 })).toStrictEqual({ ...DEFAULT_RETRY_CONFIG, jitterFraction: 1 });
  });

  const limits = {
    maxRetries: [1, Number.MAX_SAFE_INTEGER],
    baseDelaySeconds: [0, 0.001, LONGEST_DELAY_SECONDS],
    maxDelaySeconds: [0, 0.001, LONGEST_DELAY_SECONDS],
    backoffMultiplier: [1, 1.0001, Number.MAX_VALUE],
    jitterFraction: [0.0001, 1],
    scheduleSeconds: [[0], [0, 0], [0, LONGEST_DELAY_SECONDS], [0, 5, 1], Array<number>(LONGEST_SCHEDULE).fill(0)],
    maxRetryAfterSeconds: [0, 0.001, LONGEST_DELAY_SECONDS],
    deactivateAfterSeconds: [null, Number.MIN_VALUE, Number.MAX_VALUE],
  };

  it.each(Object.entries(limits))("%s may go to its limits", (name, values) => {
    for (const value of values) expect(parsed({ [name]: value })).toEqual({ ...DEFAULT_RETRY_CONFIG, [name]: value });
  });

  const delay = "must be a number of seconds from 0 to 31536000";
  const rules = {
    maxRetries: {
      rule: "must be a whole number, 1 or more",
      wrong: [0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY],
    },
    baseDelaySeconds: { rule: delay, wrong: [-0.001, 31_536_000.1, Number.NaN, Number.POSITIVE_INFINITY] },
    maxDelaySeconds: { rule: delay, wrong: [-0.001, 31_536_000.1, Number.NaN, Number.POSITIVE_INFINITY] },
    backoffMultiplier: {
      rule: "must be a finite number, 1 or more",
      wrong: [0.999, 0, -2, Number.NaN, Number.POSITIVE_INFINITY],
    },
    jitterFraction: { rule: "must be a number from 0 to 1", wrong: [-0.001, 1.001, Number.NaN] },
    maxRetryAfterSeconds: { rule: delay, wrong: [-0.001, 31_536_000.1, Number.NaN, Number.POSITIVE_INFINITY] },
    deactivateAfterSeconds: {
      rule: "must be a finite number of seconds, more than 0, or null for never",
      wrong: [0, -1, Number.NaN, Number.POSITIVE_INFINITY],
    },
  };

  it.each(Object.entries(rules))("%s beyond its limits is refused by name and rule", (name, { rule, wrong }) => {
    const field = `retryConfig.${name}`;
    for (const value of wrong) {
      expect(refused({ [name]: value })).toEqual({
        type: "InvalidInput",
        field,
        rule,
        message: `${field} ${rule}; received the number ${value}`,
      });
    }
  });

  it.each(Object.entries(rules))("%s that is no number is refused, and only its kind is told", (name, { rule }) => {
    const kinds: readonly (readonly [unknown, string])[] = [
      ["5", "a string of 1 characters"],
      ["", "an empty string"],
      [null, "null"],
      [true, "true"],
      [[1], "an array of 1"],
      [{}, "an object"],
      [1n, "a bigint"],
      [Symbol("s"), "a symbol"],
      [() => 1, "a function"],
    ];
    for (const [value, kind] of kinds) {
      if (value === null && name === "deactivateAfterSeconds") continue;
      expect(refused({ [name]: value }).message).toBe(`retryConfig.${name} ${rule}; received ${kind}`);
    }
  });

  it.each([
    ["scheduleSeconds", null, "must be an array of at most 100 delays in seconds", "null"],
    ["scheduleSeconds", 5, "must be an array of at most 100 delays in seconds", "the number 5"],
    ["scheduleSeconds", { 0: 0, length: 1 }, "must be an array of at most 100 delays in seconds", "an object"],
    [
      "scheduleSeconds",
      Array<number>(101).fill(0),
      "must be an array of at most 100 delays in seconds",
      "an array of 101",
    ],
    ["scheduleSeconds[0]", [1], "must be 0: the first attempt is made at once", "the number 1"],
    ["scheduleSeconds[0]", ["0"], "must be 0: the first attempt is made at once", "a string of 1 characters"],
    ["scheduleSeconds[2]", [0, 1, -1], delay, "the number -1"],
    ["scheduleSeconds[1]", [0, 31_536_000.1, -1], delay, "the number 31536000.1"],
    ["scheduleSeconds[1]", [0, Number.NaN], delay, "the number NaN"],
    ["scheduleSeconds[1]", [0, "5"], delay, "a string of 1 characters"],
    ["scheduleSeconds[1]", [0, null], delay, "null"],
    ["scheduleSeconds[0]", new Array<number>(2), "must be 0: the first attempt is made at once", "nothing"],
  ])("refuses a schedule, and names the part that is wrong: %s", (name, scheduleSeconds, rule, kind) => {
    const field = `retryConfig.${name}`;
    const message = `${field} ${rule}; received ${kind}`;
    expect(refused({ scheduleSeconds })).toEqual({ type: "InvalidInput", field, rule, message });
  });

  it("takes an empty schedule for none", () => {
    const defaults = { ...DEFAULT_RETRY_CONFIG, scheduleSeconds: [0, 5] };
    expect(parsed({ scheduleSeconds: [] })).toStrictEqual(DEFAULT_RETRY_CONFIG);
    expect(parseRetryConfig({ scheduleSeconds: [] }, defaults)._unsafeUnwrap()).toStrictEqual(DEFAULT_RETRY_CONFIG);
    expect(parseRetryConfig({}, defaults)._unsafeUnwrap()).toStrictEqual(defaults);
  });

  it("keeps a schedule as it was when it was given", () => {
    const scheduleSeconds = [0, 5];
    const config = parsed({ scheduleSeconds });
    scheduleSeconds.push(-1);
    expect(config).toEqual({ ...DEFAULT_RETRY_CONFIG, scheduleSeconds: [0, 5] });
  });

  it("refuses an unknown setting by name, and lists those that exist", () => {
    const rule =
      "is not a setting; the settings are maxRetries, baseDelaySeconds, maxDelaySeconds, backoffMultiplier, " +
      "jitterFraction, scheduleSeconds, maxRetryAfterSeconds, deactivateAfterSeconds";
    expect(refused({ retries: 3 })).toEqual({
      type: "InvalidInput",
      field: "retryConfig.retries",
      rule,
      message: `retryConfig.retries ${rule}; received the number 3`,
    });
    expect(refused({ toString: undefined }).message).toBe(`retryConfig.toString ${rule}; received nothing`);
  });

  it.each([
    [null, "null"],
    [[], "an array of 0"],
    ["fast", "a string of 4 characters"],
    [5, "the number 5"],
    [false, "false"],
  ])("%j is not a retry config", (input, kind) => {
    expect(refused(input)).toEqual({
      type: "InvalidInput",
      field: "retryConfig",
      rule: "must be an object",
      message: `retryConfig must be an object; received ${kind}`,
    });
  });
});
