import fc from "fast-check";
import { ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { createConceal } from "../../src/application/deliveries/conceal.ts";
import { judgeExchange } from "../../src/application/deliveries/judge-exchange.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";

describe("createConceal", () => {
  it("blacks out values and their words, wherever they stand", () => {
    const conceal = createConceal(["Bearer token-4711", "whsec_c2VjcmV0"]);
    expect(conceal("you sent Bearer token-4711, and whsec_c2VjcmV0")).toBe("you sent [concealed], and [concealed]");
    expect(conceal('{"token":"token-4711"}')).toBe('{"token":"[concealed]"}');
  });

  it.each([
    ["JSON", '{"got":"Bearer ab/cd+\\"ef\\\\gh"}', '{"got":"[concealed]"}'],
    ["PHP's JSON", '{"got":"Bearer ab\\/cd+\\"ef\\\\gh"}', '{"got":"[concealed]"}'],
    ["a URL", "?got=ab%2Fcd%2B%22ef%5Cgh", "?got=[concealed]"],
  ])("blacks them out as %s escapes them", (_, text, shown) => {
    expect(createConceal(['Bearer ab/cd+"ef\\gh'])(text)).toBe(shown);
  });

  it("blacks them out as Python's JSON escapes them", () => {
    expect(createConceal(["clé-secrète"])('{"got":"cl\\u00e9-secr\\u00e8te"}')).toBe('{"got":"[concealed]"}');
  });

  it("leaves short values, which occur in any text", () => {
    expect(createConceal(["prod", "", "1"])("prod 1")).toBe("prod 1");
  });

  it("leaves no value of eight letters or more, whatever stands around it", () => {
    const value = fc.stringMatching(/^[a-z]{8,12}$/);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), fc.array(fc.oneof(value, fc.string())), (values, others) => {
        const shown = createConceal(values)([...others, ...values, ...others].join(""));
        for (const secret of values) expect(shown).not.toContain(secret);
      }),
    );
  });
});

describe("the excerpt of an answer that repeats a secret", () => {
  it("is cut only after the secret is taken out, so that no part of it is left at the end", () => {
    const secret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0";
    const conceal = createConceal([secret]);
    const exchange = { attempt: 1, retryConfig: DEFAULT_RETRY_CONFIG, startedAt: 0, now: 0, random: 0.5, conceal };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 250 }), (charactersBefore) => {
        const body = `${"-".repeat(charactersBefore)}${secret}${"-".repeat(250)}`;
        const verdict = judgeExchange(ok({ statusCode: 500, headers: {}, body, truncated: false }), exchange);
        expect(verdict?.excerpt).toBe(body.replace(secret, "[concealed]").slice(0, 200));
      }),
    );
  });
});
