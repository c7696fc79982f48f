import fc from "fast-check";
import { expect, it } from "vitest";
import type { Lead } from "../../../ports/checkpoints.ts";
import { valueOf } from "../results.ts";
import { T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

const lead = (owner: string, now = T0, other: Partial<Lead> = {}): Lead => ({
  ...{ name: "n", owner, now, until: now + 1000 },
  ...other,
});

/** What one of three owners does, and how long after what was done before. A lease lasts for a second. */
const turn = fc.record({
  owner: fc.constantFrom("A", "B", "C"),
  does: fc.constantFrom("lead", "advance", "release"),
  after: fc.constantFrom(0, 400, 1000),
  batch: fc.integer({ min: 1, max: 5 }),
});

export function registerCheckpointCases({ open, within }: Harnesses): void {
  it("a new name begins where it is told to; a known name goes on from where it was, whoever leads", async () => {
    const { storage, another } = await open();
    const other = await another();
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([]);
    expect(await valueOf(storage.checkpoints.lead(lead("A"), 7))).toBe(7);
    expect(await valueOf(storage.checkpoints.lead(lead("A"), 3))).toBe(7);
    expect(await valueOf(storage.checkpoints.advance(lead("A"), 7, 9))).toBe(true);
    expect(await valueOf(other.transfer.checkpoints())).toEqual([{ name: "n", position: 9 }]);
    await valueOf(storage.checkpoints.release("n", "A"));
    expect(await valueOf(other.checkpoints.lead(lead("B"), 0))).toBe(9);
    expect(await valueOf(other.checkpoints.lead(lead("C", T0, { name: "another" }), 0))).toBe(0);
  });

  it("an owner leads until the exact millisecond at which its lease ends; leading again and advancing extend the lease", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.checkpoints.lead(lead("A"), 0));
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 999), 0))).toBeNull();
    expect(await valueOf(storage.checkpoints.lead(lead("A", T0 + 500), 0))).toBe(0);
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 1499), 0))).toBeNull();
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0 + 1000), 0, 1))).toBe(true);
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 1999), 0))).toBeNull();
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 2000), 0))).toBe(1);
  });

  it("an owner that has lost the lead can neither advance nor release it", async () => {
    const { storage } = await open();
    await valueOf(storage.checkpoints.lead(lead("A"), 0));
    await valueOf(storage.checkpoints.lead(lead("B", T0 + 1000), 0));
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0 + 1001), 0, 5))).toBe(false);
    await valueOf(storage.checkpoints.release("n", "A"));
    expect(await valueOf(storage.checkpoints.lead(lead("C", T0 + 1001), 0))).toBeNull();
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([{ name: "n", position: 0 }]);
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0, { name: "unknown" }), 0, 5))).toBe(false);
  });

  it("an owner that leads again after another advances only from where the other came to", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.checkpoints.lead(lead("A"), 0));
    await valueOf(other.checkpoints.lead(lead("B", T0 + 1000), 0));
    expect(await valueOf(other.checkpoints.advance(lead("B", T0 + 1000), 0, 9))).toBe(true);
    await valueOf(other.checkpoints.release("n", "B"));
    expect(await valueOf(storage.checkpoints.lead(lead("A", T0 + 1001), 0))).toBe(9);
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0 + 1001), 0, 5))).toBe(false);
    expect(await valueOf(storage.transfer.checkpoints())).toEqual([{ name: "n", position: 9 }]);
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0 + 1001), 9, 10))).toBe(true);
  });

  it("however several owners lead, stall and go on, each recorded batch begins where the last one ended", () =>
    fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 40, size: "max" }), (turns) =>
        within(async ({ storage: { checkpoints, transfer } }) => {
          const believed = new Map<string, number>();
          let [now, stands] = [T0, 0];
          for (const { owner, does, after, batch } of turns) {
            now += after;
            const from = believed.get(owner) ?? 0;
            if (does === "lead") {
              const led = await valueOf(checkpoints.lead(lead(owner, now), 0));
              // An owner that stalled does not look at the answer.
              if (led !== null && !believed.has(owner)) believed.set(owner, led);
            } else if (does === "release") {
              await valueOf(checkpoints.release("n", owner));
              believed.delete(owner);
            } else if (await valueOf(checkpoints.advance(lead(owner, now), from, from + batch))) {
              expect(from).toBe(stands);
              stands += batch;
              believed.set(owner, stands);
            } else {
              believed.delete(owner);
            }
            const [noted] = await valueOf(transfer.checkpoints());
            expect(noted?.position ?? 0).toBe(stands);
          }
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("if many want to lead at once, over two storages, exactly one does", async () => {
    const { storage, another } = await open();
    const storages = [storage, await another()];
    const led = await Promise.all(
      Array.from({ length: 16 }, (_, racer) =>
        valueOf((storages[racer % 2] ?? storage).checkpoints.lead(lead(`racer-${racer}`), racer)),
      ),
    );
    expect(led.filter((position) => position !== null)).toHaveLength(1);
  });
}
