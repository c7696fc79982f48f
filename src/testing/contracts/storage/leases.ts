import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { claimIds } from "./claims.ts";
import { deliveryStream, failed, record, schedule, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerLeaseCases({ open }: Harnesses): void {
  it("many claims at once, over two storages, never get the same delivery", async () => {
    const { storage, another } = await open();
    const other = await another();
    const ids = Array.from({ length: 40 }, (_, index) => `d${index + 10}`);
    for (const id of ids) await schedule(storage, id);
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, racer) =>
        claimIds(racer % 2 === 0 ? storage : other, { owner: `worker-${racer}`, limit: 3 }),
      ),
    );
    expect(claims.every((claim) => claim.length <= 3)).toBe(true);
    expect(claims.flat().toSorted()).toEqual(ids);
  });

  it("a lease ends at the time it was given until, by the clock of the claim alone", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    expect(await claimIds(storage, { leaseUntil: T0 + 1000 })).toEqual(["d"]);
    expect(await claimIds(storage, { owner: "A", now: T0 + 500 })).toEqual([]);
    expect(await claimIds(other, { owner: "B", now: T0 + 999 })).toEqual([]);
    expect(await claimIds(other, { owner: "B", now: T0 + 1000, leaseUntil: T0 + 3000 })).toEqual(["d"]);
    expect(await claimIds(storage, { owner: "A", now: T0 + 2999 })).toEqual([]);
  });

  it("only its owner can release a lease, and only those that are named", async () => {
    const { storage, another } = await open();
    const other = await another();
    for (const id of ["a", "b", "c"]) await schedule(storage, id);
    expect(await claimIds(storage, { owner: "A" })).toHaveLength(3);
    await valueOf(other.queue.release("B", ["a", "b", "c", "unknown"]));
    expect(await claimIds(other, { owner: "B" })).toEqual([]);
    await valueOf(storage.queue.release("A", ["a", "c"]));
    await valueOf(storage.queue.release("A", []));
    expect((await claimIds(other, { owner: "B" })).toSorted()).toEqual(["a", "c"]);
  });

  it("a worker that lost its lease cannot release the next worker's", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    expect(await claimIds(storage, { owner: "A", leaseUntil: T0 + 10 })).toEqual(["d"]);
    expect(await claimIds(storage, { owner: "B", now: T0 + 10 })).toEqual(["d"]);
    await valueOf(storage.queue.release("A", ["d"]));
    expect(await claimIds(storage, { owner: "C", now: T0 + 11 })).toEqual([]);
  });

  it("an append to a delivery's stream ends the delivery's lease, and no other", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    await schedule(storage, "held");
    expect(await claimIds(storage, { leaseUntil: T0 + 60_000 })).toHaveLength(2);
    await record(other, deliveryStream("d"), failed(1, T0 + 5));
    expect(await claimIds(storage, { owner: "B", now: T0 + 4 })).toEqual([]);
    expect(await claimIds(storage, { owner: "B", now: T0 + 5 })).toEqual(["d"]);
  });
}
