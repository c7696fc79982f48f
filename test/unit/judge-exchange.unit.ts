import { err, ok } from "neverthrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeExchange } from "../../src/application/deliveries/judge-exchange.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import type { HttpError } from "../../src/ports/http-client.ts";

const exchange = {
  attempt: 2,
  retryConfig: DEFAULT_RETRY_CONFIG,
  startedAt: 1000,
  now: 1250,
  random: 0.5,
  conceal: (text: string) => text,
};
const answer = (statusCode: number, body = "", headers: Readonly<Record<string, string>> = {}) =>
  ok({ statusCode, headers, body, truncated: false });

describe("judgeExchange", () => {
  it("success is 200 to 299 and nothing else", () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 999 }), (statusCode) => {
        const verdict = judgeExchange(answer(statusCode, "body"), exchange);
        const isSuccess = statusCode < 300;
        expect(verdict?.command.type).toBe(isSuccess ? "RecordSuccess" : "RecordFailure");
        expect(verdict?.excerpt).toBe(isSuccess ? null : "body");
        expect(verdict?.command.data).toMatchObject({ attempt: 2, durationMs: 250 });
      }),
      { examples: [[200], [299], [300]] },
    );
  });

  it("a compressed body is not unpacked, and not shown as text", () => {
    const excerptOf = (coding: string, body: string) =>
      judgeExchange(answer(500, body, { "content-encoding": coding }), exchange)?.excerpt;
    expect(excerptOf("gzip", "\u001f\ufffd\b")).toBe("(a body in gzip, which is not unpacked)");
    expect(excerptOf(" BR", "x")).toBe("(a body in br, which is not unpacked)");
    expect(excerptOf("gzip", "")).toBeNull();
    expect(excerptOf("", "")).toBeNull();
    expect(excerptOf("identity", "plain")).toBe("plain");
    expect(excerptOf("x".repeat(1000), "x")).toHaveLength(200);
  });

  it("white space around Retry-After is ignored, since clients may leave it there", () => {
    const pauseOf = (retryAfter: string) =>
      judgeExchange(answer(503, "", { "retry-after": retryAfter }), exchange)?.pauseSeconds;
    const space = fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 3 });
    fc.assert(
      fc.property(space, space, fc.constantFrom("17", "Thu, 01 Jan 1970 00:00:18 GMT"), (before, after, given) => {
        expect(pauseOf(`${before}${given}${after}`)).toBe(pauseOf(given));
      }),
    );
    expect(pauseOf("17 \t")).toBe(17);
  });

  it("a failure carries what the decider needs: the retry config, the time and a random number", () => {
    expect(judgeExchange(answer(500), exchange)?.command).toEqual({
      type: "RecordFailure",
      data: {
        ...{ attempt: 2, durationMs: 250, retryConfig: DEFAULT_RETRY_CONFIG, now: 1250, random: 0.5 },
        retryAfterSeconds: null,
        failure: { kind: "status", statusCode: 500 },
      },
    });
  });

  it.each<readonly [HttpError, object]>([
    [
      { type: "HttpTimeout", timeoutSeconds: 3, message: "m" },
      { kind: "timeout", timeoutSeconds: 3, message: "m" },
    ],
    [
      { type: "HttpConnectionFailed", code: null, message: "m", cause: 1 },
      { kind: "connection", code: null, message: "m" },
    ],
    [
      { type: "HttpForbiddenAddress", host: "h", address: null, range: "loopback", message: "m" },
      { kind: "forbidden", message: "m" },
    ],
    [
      { type: "HttpInvalidRequest", field: "url", rule: "r", message: "m" },
      { kind: "forbidden", message: "m" },
    ],
  ])("$type is a failure without an answer", (error, failure) => {
    const verdict = judgeExchange(err(error), exchange);
    expect(verdict).toMatchObject({
      command: { type: "RecordFailure", data: { failure, retryAfterSeconds: null } },
      ...{ excerpt: null, pauseSeconds: null, gone: false, failing: true },
    });
  });

  it.each([429, 502, 503, 504])("a %i pauses the webhook as long as Retry-After asks, or for 5 s", (statusCode) => {
    const asking = (retryAfter: string) =>
      judgeExchange(answer(statusCode, "", { "retry-after": retryAfter }), exchange);
    expect(asking("120")).toMatchObject({ command: { data: { retryAfterSeconds: 120 } }, pauseSeconds: 120 });
    expect(asking("Thu, 01 Jan 1970 00:00:11 GMT")).toMatchObject({
      command: { data: { retryAfterSeconds: 9.75 } },
      pauseSeconds: 9.75,
    });
    expect(asking("86400")).toMatchObject({ command: { data: { retryAfterSeconds: 86_400 } }, pauseSeconds: 3600 });
    expect(asking("soon")).toMatchObject({ command: { data: { retryAfterSeconds: null } }, pauseSeconds: 5 });
    expect(judgeExchange(answer(statusCode), exchange)?.pauseSeconds).toBe(5);
  });

  it("no other answer pauses it, whatever Retry-After says, and only a 410 is gone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 999 }), (statusCode) => {
        fc.pre(![429, 502, 503, 504].includes(statusCode));
        const verdict = judgeExchange(answer(statusCode, "", { "retry-after": "120" }), exchange);
        expect(verdict).toMatchObject({ pauseSeconds: null, gone: statusCode === 410 });
        if (verdict?.command.type === "RecordFailure") expect(verdict.command.data.retryAfterSeconds).toBeNull();
      }),
      { examples: [[410], [200], [500], [301]] },
    );
  });

  it("an exchange that closing broke off gives no verdict on the receiver", () => {
    expect(judgeExchange(err({ type: "HttpClosed", message: "m" }), exchange)).toBeNull();
  });

  it("if the clock has jumped back, the duration is 0", () => {
    expect(judgeExchange(answer(200), { ...exchange, now: 0 })?.command.data).toHaveProperty("durationMs", 0);
  });

  it("the excerpt is the first 200 code points, as Python's text[:200] gives, and null if there are none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 500, size: "max" }), (body) => {
        const excerpt = body === "" ? null : [...body].slice(0, 200).join("");
        expect(judgeExchange(answer(500, body), exchange)?.excerpt).toBe(excerpt);
      }),
    );
  });
});
