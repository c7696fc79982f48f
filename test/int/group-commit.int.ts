import { describe, expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import {
  commit,
  deliveryStream,
  everything,
  record,
  registered,
  schedule,
  scheduled,
  succeeded,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { countedStorage } from "../support/counting-commits.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const scheduleNew = (id: string) => commit(deliveryStream(id), "no-stream", [scheduled(id)]);
const idsUpTo = (count: number) => Array.from({ length: count }, (_, index) => `d${index + 1000}`);

describe("what is written in one turn of the event loop", () => {
  it("shares a transaction, which takes 512 at most", async () => {
    for (const [count, commits] of [
      [1, 1],
      [2, 1],
      [300, 1],
      [512, 1],
      [513, 2],
      [1100, 3],
    ] as const) {
      const { storage, counts } = await countedStorage();
      const appended = await Promise.all(idsUpTo(count).map((id) => valueOf(storage.writer.append(scheduleNew(id)))));
      expect(appended).toHaveLength(count);
      expect(counts()).toEqual({ begins: commits, commits, rollbacks: 0 });
      expect(await valueOf(storage.projections.verify())).toEqual({ events: count, differences: [] });
    }
  });

  it("may be appends, claims, releases and renewals, each of which sees what came before it", async () => {
    const { storage, counts } = await countedStorage();
    const calls = [
      storage.writer.append(scheduleNew("d")),
      storage.queue.claim(() => claimOf({ owner: "A" })),
      storage.queue.renew(() => ({ owner: "A", deliveryIds: ["d"], leaseUntil: T0 + 9000 })),
      storage.queue.claim(() => claimOf({ owner: "B", now: T0 + 8999 })),
      storage.queue.release("A", ["d"]),
      storage.queue.claim(() => claimOf({ owner: "C" })),
      storage.writer.append(
        commit(deliveryStream("d"), 1, [succeeded], { fences: [{ deliveryId: "d", owner: "C", now: T0 }] }),
      ),
      storage.queue.claim(() => claimOf({ owner: "D", now: T0 + 99_999 })),
    ] as const;
    const answers = await Promise.all(calls);
    const [, a, , b, , c, outcome, d] = answers.map((answer) => answer._unsafeUnwrap());
    expect([a, b, c, d]).toMatchObject([
      [{ delivery: { deliveryId: "d" } }],
      [],
      [{ delivery: { deliveryId: "d" } }],
      [],
    ]);
    expect(outcome).toEqual([{ streamId: "delivery-d", version: 2 }]);
    expect(counts()).toEqual({ begins: 1, commits: 1, rollbacks: 0 });
  });

  it("may be a follower's lead and advance, which need no commit of their own", async () => {
    const { storage, counts } = await countedStorage();
    const lead = { name: "n", owner: "A", now: T0, until: T0 + 1000 };
    const leading = storage.checkpoints.lead(lead, 0);
    const advancing = storage.checkpoints.advance(lead, 0, 7);
    await valueOf(storage.writer.append(scheduleNew("d")));
    expect([await valueOf(leading), await valueOf(advancing)]).toEqual([0, true]);
    expect(counts()).toEqual({ begins: 1, commits: 1, rollbacks: 0 });
  });

  it("resolves only once another connection sees it", async () => {
    const { storage, path } = await countedStorage();
    const other = connectionTo(path, { readonly: true });
    const isThere = other.prepare("select count(*) from hookledger_events where stream_id = ?").pluck();
    const seen = await Promise.all(
      idsUpTo(50).map(async (id) => {
        await valueOf(storage.writer.append(scheduleNew(id)));
        return isThere.get(deliveryStream(id));
      }),
    );
    expect(new Set(seen)).toEqual(new Set([1]));
  });

  it("is written even if close comes in the same turn, but what is asked for later is refused", async () => {
    const path = newPath();
    const storage = (await sqliteStorage({ path }).open())._unsafeUnwrap();
    const appending = idsUpTo(3).map((id) => storage.writer.append(scheduleNew(id)));
    const closing = storage.close();
    const late = storage.writer.append(scheduleNew("late"));
    expect((await closing).isOk()).toBe(true);
    for (const append of appending) expect(await valueOf(append)).toHaveLength(1);
    expect(await errorOf(late)).toMatchObject({ type: "StorageError", reason: "closed" });
    const reopened = await storageOn({ path });
    expect((await everything(reopened)).events).toHaveLength(3);
  });
});

describe("a transaction that cannot begin", () => {
  it("fails all of its members with locked and writes nothing of them, and the next one works", async () => {
    const { storage, path } = await countedStorage();
    await schedule(storage, "there");
    const before = await everything(storage);
    const other = connectionTo(path);
    other.exec("begin immediate");
    const asked: string[] = [];
    const answers = await Promise.all([
      ...idsUpTo(5).map((id) => storage.writer.append(scheduleNew(id)).mapErr((error) => error)),
      storage.queue.claim(() => {
        asked.push("claim");
        return claimOf();
      }),
      storage.queue.release("A", ["there"]),
    ]);
    for (const answer of answers)
      expect(answer._unsafeUnwrapErr()).toMatchObject({ type: "StorageError", reason: "locked", retryable: true });
    expect(asked).toEqual([]);
    other.exec("rollback");
    expect(await everything(storage)).toEqual(before);
    await record(storage, webhookStream("a"), registered("a"));
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 2, differences: [] });
  });

  it("waits for the lock once, and not once for each of its members", async () => {
    const { storage, path, counts } = await countedStorage();
    const other = connectionTo(path);
    other.exec("begin immediate");
    await Promise.all(idsUpTo(100).map((id) => errorOf(storage.writer.append(scheduleNew(id)))));
    other.exec("rollback");
    expect(counts()).toEqual({ begins: 1, commits: 0, rollbacks: 0 });
    expect((await everything(storage)).events).toEqual([]);
  });
});
