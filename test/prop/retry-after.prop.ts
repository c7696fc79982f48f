import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHttpDate } from "../../src/domain/retry/http-date.ts";
import { LONGEST_DELAY_SECONDS, parseRetryAfter } from "../../src/domain/retry/index.ts";
import { asAsctimeDate, asImfFixdate, asRfc850Date } from "../support/http-dates.ts";

const at = (instant: string) => Date.parse(instant);
const instants = fc.integer({ min: at("1970-01-01T00:00:00Z"), max: at("2400-01-01T00:00:00Z") });
/** An HTTP-date has no fractions of a second. */
const seconds = (from: number, to: number) =>
  fc.integer({ min: Math.ceil(from / 1000), max: Math.floor(to / 1000) }).map((each) => each * 1000);
const years = (count: number) => count * 365.25 * 86_400_000;
const allSeconds = seconds(at("0000-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z"));
const nearbySeconds = instants.chain((now) =>
  fc.record({ now: fc.constant(now), instant: seconds(now - years(49), now + years(49)) }),
);

const rightValues = fc.oneof(
  allSeconds.map(asImfFixdate),
  allSeconds.map(asAsctimeDate),
  allSeconds.map(asRfc850Date),
  fc.nat().map(String),
);

/** A right value with at most one character added, removed or replaced. */
const nearMisses = fc
  .record({
    value: rightValues,
    place: fc.nat(40),
    removed: fc.constantFrom(0, 1),
    added: fc.oneof(
      fc.string({ maxLength: 1 }),
      fc.constantFrom("0", "1", "2", "3", "5", "6", "9", " ", ",", "-", "\n", "S", "n"),
    ),
  })
  .map(({ value, place, removed, added }) => value.slice(0, place) + added + value.slice(place + removed));

const anyValues = fc.oneof(
  nearMisses,
  rightValues,
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.double().map(String),
  fc.date({ noInvalidDate: false }).map(String),
  fc.stringMatching(/^\d{1,400}$/),
);

describe("parseHttpDate", () => {
  it("reads an IMF-fixdate and an asctime date, whatever the time is now", () =>
    fc.assert(
      fc.property(allSeconds, instants, (instant, now) => {
        expect(parseHttpDate(asImfFixdate(instant), now)).toBe(instant);
        expect(parseHttpDate(asAsctimeDate(instant), now)).toBe(instant);
      }),
    ));

  it("reads an RFC 850 date within 49 years of now, in either direction", () =>
    fc.assert(
      fc.property(nearbySeconds, ({ now, instant }) => {
        expect(parseHttpDate(asRfc850Date(instant), now)).toBe(instant);
      }),
    ));

  it("reads a two-digit year as at most 50 years from now, give or take a day", () =>
    fc.assert(
      fc.property(allSeconds, instants, (instant, now) => {
        const read = parseHttpDate(asRfc850Date(instant), now) ?? now;
        expect(read).toBeLessThanOrEqual(now + years(50) + 86_400_000);
        expect(read).toBeGreaterThan(now - years(50) - 86_400_000);
      }),
    ));

  it("reads only those three formats: what it read, written again in one of them, is what was given", () =>
    fc.assert(
      fc.property(anyValues, instants, (value, now) => {
        const instant = parseHttpDate(value, now);
        fc.pre(instant !== null && !value.includes(":60"));
        const zeroPadded = value.replace(/^(\w+ \w+) 0/, "$1  ");
        expect([asImfFixdate(instant), asRfc850Date(instant), asAsctimeDate(instant)]).toContain(zeroPadded);
      }),
      { numRuns: 1000 },
    ));

  it("reads no date with the wrong day of the week", () =>
    fc.assert(
      fc.property(allSeconds, instants, fc.integer({ min: 1, max: 6 }), (instant, now, days) => {
        const wrongDay = asImfFixdate(instant + days * 86_400_000).slice(0, 3);
        expect(parseHttpDate(wrongDay + asImfFixdate(instant).slice(3), now)).toBeNull();
        expect(parseHttpDate(wrongDay + asAsctimeDate(instant).slice(3), now)).toBeNull();
      }),
    ));
});

describe("parseRetryAfter", () => {
  it("is null, or from 0 seconds to a year, whatever it is given", () =>
    fc.assert(
      fc.property(anyValues, instants, (value, now) => {
        const read = parseRetryAfter(value, now) ?? 0;
        expect(read).toBeGreaterThanOrEqual(0);
        expect(read).toBeLessThanOrEqual(LONGEST_DELAY_SECONDS);
      }),
      { numRuns: 1000 },
    ));

  it("reads any number of digits as seconds, at most a year", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_DELAY_SECONDS }), instants, fc.nat(300), (asked, now, zeros) => {
        expect(parseRetryAfter(String(asked), now)).toBe(asked);
        expect(parseRetryAfter("0".repeat(zeros) + String(asked), now)).toBe(asked);
        expect(parseRetryAfter(`1${"0".repeat(zeros + 8)}`, now)).toBe(LONGEST_DELAY_SECONDS);
      }),
    ));

  it("reads a date as the seconds until then: 0 if it is past, at most a year", () =>
    fc.assert(
      fc.property(nearbySeconds, ({ now, instant }) => {
        const left = Math.min(Math.max(0, (instant - now) / 1000), LONGEST_DELAY_SECONDS);
        for (const write of [asImfFixdate, asRfc850Date, asAsctimeDate])
          expect(parseRetryAfter(write(instant), now)).toBe(left);
      }),
    ));

  it("is null for what is neither digits nor a date", () =>
    fc.assert(
      fc.property(anyValues, instants, (value, now) => {
        fc.pre(!/^[0-9]+$/.test(value) && parseHttpDate(value, now) === null);
        expect(parseRetryAfter(value, now)).toBeNull();
      }),
    ));
});
