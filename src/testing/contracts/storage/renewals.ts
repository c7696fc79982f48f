import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, failed, record, schedule, succeeded, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerRenewalCases({ open }: Harnesses): void {
  it("a renewal moves the end of a lease: nobody else can claim the delivery before that, and anybody from then on", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    await claimed(storage);
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["d"], leaseUntil: T0 + 5000 })));
    expect(await claimed(other, { owner: "B", now: T0 + 4999 })).toEqual([]);
    expect(await valueOf(other.queue.nextDueAt())).toBe(T0 + 5000);
    expect(await claimed(other, { owner: "B", now: T0 + 5000 })).toHaveLength(1);
  });

  it("a renewal asks when it is made, so it does not put back the end of leases that its owner has just claimed", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    let now = T0;
    const asked: string[] = [];
    const ask = (what: string) => {
      asked.push(what);
      now += 1000;
      return { owner: "A", now, leaseUntil: now + 1000, limit: 1, deliveryIds: ["d"] };
    };
    await Promise.all([
      valueOf(storage.queue.claim(() => ask("claim"))),
      valueOf(storage.queue.renew(() => ask("renewal"))),
    ]);
    expect(asked).toEqual(["claim", "renewal"]);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(now + 1000);
  });

  it("a renewal changes only leases that are named and that the owner still holds", async () => {
    const { storage, another } = await open();
    const other = await another();
    for (const id of ["mine", "unnamed", "theirs", "free", "settled", "released"]) await schedule(storage, id);
    await claimed(other, { owner: "B", deliveryIds: ["theirs"] });
    await claimed(storage, { deliveryIds: ["mine", "unnamed", "settled", "released"] });
    await record(storage, deliveryStream("settled"), succeeded);
    await valueOf(storage.queue.release("A", ["released"]));
    await valueOf(
      storage.queue.renew(() => ({
        owner: "A",
        deliveryIds: ["mine", "theirs", "free", "settled", "released", "unknown"],
        leaseUntil: T0 + 9000,
      })),
    );
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: [], leaseUntil: T0 + 9000 })));
    const ids = async (now: number) =>
      (await claimed(other, { owner: "C", now })).map(({ deliveryId }) => deliveryId).sort();
    expect(await ids(T0)).toEqual(["free", "released"]);
    expect(await ids(T0 + 1000)).toEqual(["free", "released", "theirs", "unnamed"]);
    expect(await ids(T0 + 9000)).toEqual(["free", "mine", "released", "theirs", "unnamed"]);
  });

  it("a worker that lost its lease cannot renew the next worker's", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await claimed(storage, { owner: "A", leaseUntil: T0 + 10 });
    await claimed(storage, { owner: "B", now: T0 + 10, leaseUntil: T0 + 20 });
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["d"], leaseUntil: T0 + 9000 })));
    expect(await claimed(storage, { owner: "C", now: T0 + 20 })).toHaveLength(1);
  });

  it("an append ends a lease that was renewed too", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await claimed(storage);
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["d"], leaseUntil: T0 + 9000 })));
    await record(storage, deliveryStream("d"), failed(1, T0 + 5));
    expect(await claimed(storage, { owner: "B", now: T0 + 5 })).toHaveLength(1);
  });

  it("a commit that only names the delivery's stream, without events, leaves the lease", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await claimed(storage);
    await valueOf(storage.writer.append(commit(deliveryStream("d"), 1, [])));
    expect(await claimed(storage, { owner: "B", now: T0 + 999 })).toEqual([]);
    expect(await claimed(storage, { owner: "B", now: T0 + 1000 })).toHaveLength(1);
  });

  it("what is released is due again at once, in its webhook's turn", async () => {
    const { storage } = await open();
    for (const id of ["a", "b", "c"]) await schedule(storage, id);
    await claimed(storage, { leaseUntil: T0 + 9000 });
    await valueOf(storage.queue.release("A", ["b"]));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0);
    expect(await claimed(storage, { owner: "B", now: T0 + 1 })).toMatchObject([{ deliveryId: "b" }]);
  });
}
