import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settledPosition } from "../../src/adapters/postgres/writer-mark.ts";

/** The key of a lock holds only the lower 31 bits of a position. */
const keyOf = (position: number) => position % 2 ** 31;

const last = fc
  .nat({ max: 2 ** 31 - 1 })
  .chain((low) => fc.nat({ max: 2 ** 14 }).map((high) => high * 2 ** 31 + low))
  .map((position) => position + 2 ** 21);
/** Where writers began, before or after the last position: their locks are read later than the position. */
const begun = fc.array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), { maxLength: 8 });

describe("settledPosition", () => {
  it("is the lowest position at which a writer began, or the last position if that is lower", () => {
    fc.assert(
      fc.property(last, begun, (position, offsets) => {
        const keys = offsets.map((offset) => keyOf(position + offset));
        expect(settledPosition(position, keys)).toBe(position + Math.min(0, ...offsets));
      }),
    );
  });

  it("ignores a writer that began after the last position was read", () => {
    expect(settledPosition(100, [105])).toBe(100);
    expect(settledPosition(2 ** 31 - 1, [keyOf(2 ** 31 + 4)])).toBe(2 ** 31 - 1);
  });
});
