import { describe, expect, it } from "vitest";
import { parseHttpDate } from "../../src/domain/retry/http-date.ts";
import { LONGEST_DELAY_SECONDS, parseRetryAfter } from "../../src/domain/retry/index.ts";

const at = (instant: string) => Date.parse(instant);
const NOW = at("2026-01-01T00:00:00.000Z");

describe("Retry-After in seconds", () => {
  it.each([
    ["0", 0],
    ["120", 120],
    ["0120", 120],
    ["31536000", LONGEST_DELAY_SECONDS],
    ["31536001", LONGEST_DELAY_SECONDS],
    ["9".repeat(400), LONGEST_DELAY_SECONDS],
  ])("%s", (value, seconds) => expect(parseRetryAfter(value, NOW)).toBe(seconds));

  it.each([
    "",
    " ",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "12 s",
    " 12",
    "12 ",
    "12\n",
    "1, 2",
    "Infinity",
    "NaN",
    "٣",
    "１",
  ])("%j is no number of seconds", (value) => expect(parseRetryAfter(value, NOW)).toBeNull());
});

describe("Retry-After as a date", () => {
  it.each(["Thu, 01 Jan 2026 00:02:00 GMT", "Thursday, 01-Jan-26 00:02:00 GMT", "Thu Jan  1 00:02:00 2026"])(
    "%s is in two minutes",
    (value) => expect(parseRetryAfter(value, NOW)).toBe(120),
  );

  it("counts to the millisecond, so that no retry comes too soon", () =>
    expect(parseRetryAfter("Thu, 01 Jan 2026 00:02:00 GMT", NOW + 250)).toBe(119.75));

  it("is 0 once it is past", () => {
    expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:00 GMT", NOW)).toBe(0);
    expect(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", NOW)).toBe(0);
  });

  it("is a year at most", () =>
    expect(parseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", NOW)).toBe(LONGEST_DELAY_SECONDS));
});

describe("the three formats of an HTTP-date", () => {
  it.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "%s, the RFC's example",
    (value) => expect(parseHttpDate(value, NOW)).toBe(at("1994-11-06T08:49:37Z")),
  );

  it.each([
    ["Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z"],
    ["Sat Nov 26 00:00:00 1994", "1994-11-26T00:00:00Z"],
    ["Sun Nov 06 08:49:37 1994", "1994-11-06T08:49:37Z"],
    ["Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"],
    ["Sun, 06 Nov 0094 08:49:37 GMT", null],
    ["Sat, 06 Nov 0094 08:49:37 GMT", "0094-11-06T08:49:37Z"],
  ])("%s", (value, instant) => expect(parseHttpDate(value, NOW)).toBe(instant === null ? null : at(instant)));

  it.each([
    "",
    "Invalid Date",
    "2026-01-01T00:00:00.000Z",
    "Thu, 1 Jan 2026 00:00:00 GMT",
    "Thu, 01 Jan 2026 00:00:00 UTC",
    "Thu, 01 Jan 2026 00:00:00 +0000",
    "Thu, 01 Jan 2026 00:00:00",
    "Thu, 01 Jan 26 00:00:00 GMT",
    "Thu,  01 Jan 2026 00:00:00 GMT",
    "thu, 01 jan 2026 00:00:00 gmt",
    "Thu, 01 Jan 2026 00:00:00 GMT ",
    " Thu, 01 Jan 2026 00:00:00 GMT",
    "01 Jan 2026 00:00:00 GMT",
    "Thu, 01 Foo 2026 00:00:00 GMT",
    "Thu, 01 Jan 12026 00:00:00 GMT",
    "Thu, 01 Jan 2026 24:00:00 GMT",
    "Thu, 01 Jan 2026 00:60:00 GMT",
    "Thu, 01 Jan 2026 00:00:60 GMT",
    "Thu, 01 Jan 2026 23:59:61 GMT",
    "Wed, 31 Dec 2025 0:00:00 GMT",
    "Wed, 00 Jan 2026 00:00:00 GMT",
    "Sun, 29 Feb 2026 00:00:00 GMT",
    "Fri, 01 Jan 2026 00:00:00 GMT",
    "Thu, 01-Jan-26 00:00:00 GMT",
    "Thursday, 01 Jan 2026 00:00:00 GMT",
    "Thursday, 01-Jan-2026 00:00:00 GMT",
    "Sunsday, 01-Jan-26 00:00:00 GMT",
    "Friday, 01-Jan-26 00:00:00 GMT",
    "Thu Jan 1 00:00:00 2026",
    "Thu Jan  1 00:00:00 2026 GMT",
    "Thursday Jan  1 00:00:00 2026",
    "Thu Jan 32 00:00:00 2026",
  ])("%j is none of them", (value) => expect(parseHttpDate(value, NOW)).toBeNull());
});

describe("a year with two digits", () => {
  const read = (value: string, now: string) => parseHttpDate(value, at(now));

  it("is the one of this century, unless that is more than 50 years in the future", () => {
    expect(read("Wednesday, 01-Jan-76 00:00:00 GMT", "2026-01-01T00:00:00Z")).toBe(at("2076-01-01T00:00:00Z"));
    expect(read("Thursday, 01-Jan-76 00:00:00 GMT", "2025-12-31T23:59:59Z")).toBe(at("1976-01-01T00:00:00Z"));
  });

  it("is the one of the next century if that is within 50 years", () =>
    expect(read("Wednesday, 01-Jan-10 00:00:00 GMT", "2090-01-01T00:00:00Z")).toBe(at("2110-01-01T00:00:00Z")));

  it("must have the day of the week of the year that is meant", () => {
    expect(read("Sunday, 06-Nov-94 08:49:37 GMT", "2040-01-01T00:00:00Z")).toBe(at("1994-11-06T08:49:37Z"));
    expect(read("Sunday, 06-Nov-94 08:49:37 GMT", "2050-01-01T00:00:00Z")).toBeNull();
  });
});
