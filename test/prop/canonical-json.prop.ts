import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/domain/message/canonical-json.ts";
import { anyJson, anyText } from "../../src/testing/arbitraries/json-values.ts";

const canonical = (value: unknown): string => canonicalJson(value)._unsafeUnwrap();

const anyObject = fc.uniqueArray(fc.tuple(anyText, fc.jsonValue()), { selector: ([key]) => key });

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: "binary",
});

/** The code points of a key, in decimal and padded, so that comparing text compares code points. */
const codePoints = (key: string): string =>
  Array.from(key, (point) => String(point.codePointAt(0)).padStart(7, "0")).join("");

describe("the JSON values of the test kit", () => {
  it("have lone surrogates, numbers of every spelling, and keys that are traps", () => {
    const texts = fc.sample(anyJson, { numRuns: 3000, seed: 1 }).map((json) => JSON.stringify(json));
    for (const trap of [/\\ud[89a-f]/, /"__proto__":/, /"toJSON":/, /"10":/, /"":/, /e-\d/, /e\+\d/, /[^e\d]\d{17}/])
      expect(
        texts.some((text) => trap.test(text)),
        `${trap}`,
      ).toBe(true);
  });
});

describe("canonical JSON", () => {
  it("is idempotent: reading it and writing it again gives the same text", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const once = canonical(value);
        expect(canonical(JSON.parse(once))).toBe(once);
      }),
    );
  });

  it("is read as the same value as JSON.stringify's text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyJson), (value) => {
        deepStrictEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("spells a text the same wherever it stands, however long the text around it is", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 700 }), (text, times) => {
        const spelt = canonical(text).slice(1, -1);
        expect(canonical(text.repeat(times))).toBe(`"${spelt.repeat(times)}"`);
      }),
    );
  });

  it("does not depend on the order in which keys were added", () => {
    fc.assert(
      fc.property(
        anyObject.chain((entries) =>
          fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
        ),
        ([entries, shuffled]) => {
          const [left, right] = [Object.fromEntries(entries), Object.fromEntries(shuffled)];
          expect(canonical(left)).toBe(canonical(right));
        },
      ),
    );
  });

  it("orders keys by code point", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyText), (keys) => {
        const text = canonical(Object.fromEntries(keys.map((key) => [key, 0])));
        const written = [...text.matchAll(/("(?:[^"\\]|\\.)*"):0/g)].map(([, key = ""]) => key);
        const byCodePoint = keys.map((key) => [codePoints(key), key] as const);
        expect(written.map((key): unknown => JSON.parse(key))).toStrictEqual(
          byCodePoint.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, key]) => key),
        );
      }),
    );
  });

  it("is printable ASCII without a space between tokens", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonical(value)).toMatch(/^[ -~]+$/);
        expect(canonical(value).replace(/"(?:[^"\\]|\\.)*"/g, "")).not.toContain(" ");
      }),
    );
  });

  it("never throws: any value is written as JSON.stringify means it, or refused with its path", () => {
    fc.assert(
      fc.property(anything, (value) => {
        canonicalJson(value).match(
          (text) => {
            deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
          },
          ({ type, path, reason, message }) => {
            expect(type).toBe("NotJson");
            expect(path).toMatch(/^\$[ -~]*$/);
            expect(message).toBe(`${path} is not JSON: ${reason}`);
          },
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
