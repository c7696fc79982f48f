import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { schedule, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

const HOUR = 3_600_000;

export function registerClockCases({ open }: Harnesses): void {
  it("does not hold back what is due by the present clock, even if its webhook was served at a later time", async () => {
    const { storage } = await open();
    for (const id of ["a", "b", "c"]) await schedule(storage, id, { dueAt: T0 - 1 });
    expect(await claimed(storage, { now: T0 + HOUR, limit: 1 })).toMatchObject([{ deliveryId: "a" }]);
    expect(await claimed(storage, { limit: 1 })).toMatchObject([{ deliveryId: "b" }]);
    expect(await claimed(storage, { now: T0 + 1, limit: 1 })).toMatchObject([{ deliveryId: "c" }]);
  });

  it("does not take its turn from a webhook that was served at a later time", async () => {
    const { storage } = await open();
    for (const id of ["a1", "a2"]) await schedule(storage, id, { dueAt: T0 - 2 });
    const webhookId = "webhook-2";
    for (const id of ["b1", "b2", "b3", "b4"]) await schedule(storage, id, { webhookId, dueAt: T0 - 1 });
    expect(await claimed(storage, { now: T0 + HOUR, limit: 1 })).toMatchObject([{ deliveryId: "a1" }]);
    const ids: string[] = [];
    for (const now of [T0, T0 + 1, T0 + 2]) {
      ids.push(...(await claimed(storage, { now, limit: 1 })).map(({ deliveryId }) => deliveryId));
    }
    expect(ids).toContain("a2");
  });

  it("holds nothing back even if a claim shares a transaction that comes to nothing", async () => {
    const { storage } = await open();
    for (const id of ["a", "b"]) await schedule(storage, id, { dueAt: T0 - 1 });
    expect(await claimed(storage, { now: T0 + HOUR, limit: 1 })).toMatchObject([{ deliveryId: "a" }]);
    const claiming = claimed(storage, { limit: 1 });
    const broken = storage.queue.claim(() => {
      throw new Error("a bug");
    });
    await expect(broken).rejects.toThrow("a bug");
    expect(await claiming).toMatchObject([{ deliveryId: "b" }]);
  });

  it("ends a lease that it renewed when the renewal says so", async () => {
    const { storage } = await open();
    await schedule(storage, "a", { dueAt: T0 - 1 });
    await claimed(storage, { now: T0 + HOUR, leaseUntil: T0 + HOUR + 60_000 });
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["a"], leaseUntil: T0 + 60_000 })));
    expect(await claimed(storage, { owner: "B", now: T0 + 60_000 })).toMatchObject([{ deliveryId: "a" }]);
  });

  it("ends such a lease then even if another claim has seen its later end", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "a", { dueAt: T0 - 1 });
    await claimed(storage, { now: T0 + HOUR, leaseUntil: T0 + HOUR + 60_000 });
    expect(await claimed(other, { owner: "B", now: T0 })).toEqual([]);
    await valueOf(storage.queue.renew(() => ({ owner: "A", deliveryIds: ["a"], leaseUntil: T0 + 60_000 })));
    expect(await valueOf(other.queue.nextDueAt())).toBe(T0 + 60_000);
    expect(await claimed(other, { owner: "B", now: T0 + 59_999 })).toEqual([]);
    expect(await claimed(other, { owner: "B", now: T0 + 60_000 })).toMatchObject([{ deliveryId: "a" }]);
  });

  it("ends neither a pause nor what others hold", async () => {
    const { storage } = await open();
    await schedule(storage, "a", { dueAt: T0 - 1 });
    await schedule(storage, "b", { webhookId: "webhook-2", dueAt: T0 - 1 });
    const health = [{ webhookId: "webhook-2", at: T0, failing: true, pausedUntil: T0 + 500 }];
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], health }));
    await claimed(storage, { now: T0 + HOUR, leaseUntil: T0 + HOUR + 1000, deliveryIds: ["a"] });
    expect(await claimed(storage, { owner: "B", now: T0 })).toEqual([]);
    expect(await claimed(storage, { owner: "B", now: T0 + 500 })).toMatchObject([{ deliveryId: "b" }]);
  });
}
