import { expect, it } from "vitest";
import type { Lead } from "../../../ports/checkpoints.ts";
import { valueOf } from "../results.ts";
import { T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const lead = (owner: string, now = T0, other: Partial<Lead> = {}): Lead => ({
  ...{ name: "n", owner, now, until: now + 1000 },
  ...other,
});

export function registerCheckpointCases({ open }: Harnesses): void {
  it("a new name begins where it is told to; one that is known goes on where it was, for whoever leads", async () => {
    const { storage, another } = await open();
    const other = await another();
    expect(await valueOf(storage.checkpoints.positionOf("n"))).toBeNull();
    expect(await valueOf(storage.checkpoints.lead(lead("A"), 7))).toBe(7);
    expect(await valueOf(storage.checkpoints.lead(lead("A"), 3))).toBe(7);
    expect(await valueOf(storage.checkpoints.advance(lead("A"), 9))).toBe(true);
    expect(await valueOf(other.checkpoints.positionOf("n"))).toBe(9);
    await valueOf(storage.checkpoints.release("n", "A"));
    expect(await valueOf(other.checkpoints.lead(lead("B"), 0))).toBe(9);
    expect(await valueOf(other.checkpoints.lead(lead("C", T0, { name: "another" }), 0))).toBe(0);
  });

  it("one leads until its lease ends, to the very millisecond; leading again and advancing make it longer", async () => {
    const { storage, another } = await open();
    const other = await another();
    await valueOf(storage.checkpoints.lead(lead("A"), 0));
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 999), 0))).toBeNull();
    expect(await valueOf(storage.checkpoints.lead(lead("A", T0 + 500), 0))).toBe(0);
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 1499), 0))).toBeNull();
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0 + 1000), 1))).toBe(true);
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 1999), 0))).toBeNull();
    expect(await valueOf(other.checkpoints.lead(lead("B", T0 + 2000), 0))).toBe(1);
  });

  it("whoever has lost the lead neither advances nor releases it", async () => {
    const { storage } = await open();
    await valueOf(storage.checkpoints.lead(lead("A"), 0));
    await valueOf(storage.checkpoints.lead(lead("B", T0 + 1000), 0));
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0 + 1001), 5))).toBe(false);
    await valueOf(storage.checkpoints.release("n", "A"));
    expect(await valueOf(storage.checkpoints.lead(lead("C", T0 + 1001), 0))).toBeNull();
    expect(await valueOf(storage.checkpoints.positionOf("n"))).toBe(0);
    expect(await valueOf(storage.checkpoints.advance(lead("A", T0, { name: "unknown" }), 5))).toBe(false);
  });

  it("of many that want to lead at once, over two storages, one does", async () => {
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
