import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { burstOf, nextWithinLimit, waitsAfter, withinLimits } from "../../src/domain/delivery/index.ts";

const limits = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0.01, max: 10_000, noNaN: true }));

const limitIn = (of: Readonly<Record<string, number | null>>) => (webhookId: string) => of[webhookId] ?? null;

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

  const webhookIds = fc.array(fc.constantFrom("a", "b", "c"));
  const limitsOf = fc.record({ a: fc.constantFrom(0.5, 20), b: fc.constantFrom(30, 500), c: fc.constant(null) });

  it("leaves in, of each webhook, the first that may begin at once, in their order", () => {
    fc.assert(
      fc.property(webhookIds, limitsOf, (ids, of) => {
        const limitOf = limitIn(of);
        const found = ids.map((webhookId, index) => ({ webhookId, index }));
        const left = withinLimits(found, ({ webhookId }) => webhookId, limitOf);
        for (const webhookId of ["a", "b", "c"]) {
          const its = found.filter((one) => one.webhookId === webhookId);
          const allowed = its.slice(0, burstOf(limitOf(webhookId)));
          expect(left.filter((one) => one.webhookId === webhookId)).toEqual(allowed);
        }
        expect(left.map(({ index }) => index)).toEqual(left.map(({ index }) => index).sort((one, two) => one - two));
      }),
    );
  });

  it("makes a webhook wait for all of its deliveries that begin, and no webhook without one", () => {
    fc.assert(
      fc.property(webhookIds, limitsOf, fc.nat(2 ** 41), (ids, { a, b }, now) => {
        const limitOf = limitIn({ a, b });
        const count = (webhookId: string) => ids.filter((id) => id === webhookId).length;
        const expected = Object.entries({ a, b })
          .filter(([id]) => count(id) > 0)
          .map(([id, limit]) => [id, nextWithinLimit(limit, now, count(id))]);
        expect(Object.fromEntries(waitsAfter(ids, limitOf, now))).toEqual(Object.fromEntries(expected));
      }),
    );
  });
});
