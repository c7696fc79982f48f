import { describe, expect, it, onTestFinished } from "vitest";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import {
  commit,
  deliveryStream,
  failed,
  schedule,
  scheduled,
  succeeded,
  T0,
} from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { postgresHarness } from "../support/postgres/harness.ts";

async function open() {
  const { storage, another, dispose } = await postgresHarness("connectionString");
  onTestFinished(dispose);
  return { storage, another };
}

/** A time that no column can hold. */
const NEVER = 1e30;

describe("a claim shares the transaction of the appends that were asked for before it", () => {
  it("and sees the pause that one of them brings", async () => {
    const { storage } = await open();
    for (const id of ["d", "e"]) await schedule(storage, id);
    const [held] = await valueOf(storage.queue.claim(() => claimOf({ owner: "A", limit: 1 })));
    const webhookId = held?.delivery.webhookId ?? "";
    const health = [{ webhookId, at: T0, failing: true, pausedUntil: T0 + 5000 }];
    const stream = deliveryStream(held?.delivery.deliveryId ?? "");
    const appending = storage.writer.append(commit(stream, 1, [failed(1, T0 + 9000)], { health }));
    const claiming = storage.queue.claim(() => claimOf({ owner: "A", limit: 9 }));
    expect(await valueOf(appending)).toMatchObject([{ version: 2 }]);
    expect(await valueOf(claiming)).toEqual([]);
    expect(await valueOf(storage.queue.claim(() => claimOf({ owner: "A", now: T0 + 5000 })))).toHaveLength(1);
  });

  it("but if the database refuses the claim, the appends are written", async () => {
    const { storage } = await open();
    const appending = ["d", "e"].map((id) =>
      storage.writer.append(commit(deliveryStream(id), "no-stream", [scheduled(id)])),
    );
    const claiming = storage.queue.claim(() => claimOf({ owner: "A", leaseUntil: NEVER }));
    expect(await errorOf(claiming)).toMatchObject({ type: "StorageError", reason: "unexpected" });
    for (const append of appending) expect(await valueOf(append)).toMatchObject([{ version: 1 }]);
    expect(await valueOf(storage.queue.claim(() => claimOf({ owner: "A", limit: 9 })))).toHaveLength(2);
  });

  it("but if its caller has a bug, the appends are written", async () => {
    const { storage } = await open();
    const bug = new Error("a bug");
    const appending = storage.writer.append(commit(deliveryStream("d"), "no-stream", [scheduled("d")]));
    const claiming = storage.queue.claim(() => {
      throw bug;
    });
    await expect(claiming).rejects.toBe(bug);
    expect(await valueOf(appending)).toMatchObject([{ version: 1 }]);
    expect(await valueOf(storage.queue.claim(() => claimOf({ owner: "A" })))).toHaveLength(1);
  });

  it("but is made by itself if another process came first in the stream of one of them", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "d");
    await valueOf(storage.queue.claim(() => claimOf({ owner: "A", leaseUntil: T0 + 100 })));
    const later = { now: T0 + 100, leaseUntil: T0 + 200 };
    expect(await valueOf(other.queue.claim(() => claimOf({ owner: "B", ...later })))).toHaveLength(1);
    await valueOf(other.writer.append(commit(deliveryStream("d"), 1, [succeeded])));
    await schedule(other, "e");
    const appending = storage.writer.append(commit(deliveryStream("d"), 1, [failed(1, T0 + 9000)]));
    const claiming = storage.queue.claim(() => claimOf({ owner: "A", ...later }));
    expect(await errorOf(appending)).toMatchObject({ type: "VersionConflict", actual: 2 });
    expect(await valueOf(claiming)).toMatchObject([{ delivery: { deliveryId: "e" } }]);
  });
});
