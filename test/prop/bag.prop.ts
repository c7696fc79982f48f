import fc from "fast-check";
import { expect, it } from "vitest";
import { createBag } from "../../src/domain/bag.ts";
import { collectGarbage } from "../support/collect-garbage.ts";
import { promisesSettled } from "../support/when-idle.ts";

interface Item {
  readonly name: number;
}

/** Null, every other time, adds a new item; a number takes out the item added at that index, perhaps a second time. */
const step = fc.option(fc.nat(20), { freq: 2 });

it("a bag holds what was added and not taken out, in any order, and taking an item out twice does no harm", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
      const bag = createBag<Item>();
      const items: Item[] = [];
      const removals: (() => void)[] = [];
      const expected = new Set<Item>();
      for (const which of steps) {
        if (which === null) {
          const item = { name: items.length };
          items.push(item);
          expected.add(item);
          removals.push(bag.add(item));
        } else {
          removals[which]?.();
          expected.delete(items[which] ?? { name: -1 });
        }
        expect(bag.size).toBe(expected.size);
        expect(new Set(bag.items())).toEqual(expected);
      }
    }),
  );
});

it("an item that was taken out is held neither by the bag nor by the function that took it out", async () => {
  const bag = createBag<Item>();
  const taken = Array.from({ length: 100 }, (_, name) => {
    const item = { name };
    return { item: new WeakRef(item), takeOut: bag.add(item) };
  });
  for (const { takeOut } of taken) takeOut();
  await promisesSettled();
  collectGarbage();
  expect(taken.filter(({ item }) => item.deref() !== undefined)).toEqual([]);
  expect(taken.every(({ takeOut }) => typeof takeOut === "function")).toBe(true);
});
