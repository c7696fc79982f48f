import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { burstOf, nextWithinLimit } from "../../src/domain/delivery/index.ts";

const limits = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0.01, max: 10_000, noNaN: true }));

describe("a rate limit", () => {
  it("lets begin at once what it allows in a tenth of a second, at least one; without one there is no end", () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const burst = burstOf(limit);
        expect(Number.isInteger(burst) && burst >= 1).toBe(true);
        expect(burst).toBeLessThanOrEqual(Math.max(1, limit / 10));
      }),
    );
    expect(burstOf(null)).toBe(Infinity);
  });

  it("lets as many begin as the time before the next one allows, and does not wait a millisecond longer", () => {
    fc.assert(
      fc.property(limits, fc.nat(2 ** 41), fc.integer({ min: 1, max: 1000 }), (limit, now, count) => {
        const waitMs = nextWithinLimit(limit, now, count) - now;
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual((count * 1000) / limit);
        expect(waitMs - 1).toBeLessThan((count * 1000) / limit);
      }),
    );
  });

  it("lets a few begin, and then wait for some time, whatever a damaged row says", () => {
    fc.assert(
      fc.property(fc.double(), fc.nat(2 ** 41), fc.integer({ min: 1, max: 1000 }), (limit, now, count) => {
        const [burst, waitMs] = [burstOf(limit), nextWithinLimit(limit, now, count) - now];
        expect([Number.isInteger(burst), Number.isInteger(waitMs)]).toEqual([true, true]);
        expect(burst >= 1 && burst <= 1000).toBe(true);
        expect(waitMs >= 1 && waitMs <= count * 100_000).toBe(true);
      }),
    );
  });
});
