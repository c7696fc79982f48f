import fc from "fast-check";
import { expect, it } from "vitest";
import { createBag } from "../../src/domain/bag.ts";

/** Puts a new one in where it is null, or takes the one out that came as the so-manieth, for the second time perhaps. */
const step = fc.option(fc.nat(20));

it("a bag has what went in and did not come out, whatever the order, and each is taken out once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const bag = createBag<number>();
      const removals: (() => void)[] = [];
      const expected = new Set<number>();
      for (const which of steps) {
        if (which === null) {
          expected.add(removals.length);
          removals.push(bag.add(removals.length));
        } else {
          removals[which]?.();
          expected.delete(which);
        }
        expect(bag.size).toBe(expected.size);
        expect(new Set(bag.items())).toEqual(expected);
      }
    }),
  );
});
