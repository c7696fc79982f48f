import type { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { StorageError } from "../../src/ports/storage-error.ts";
import {
  commit,
  deliveryStream,
  everything,
  record,
  registered,
  schedule,
  scheduled,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";
import { openSqlite } from "../support/sqlite-storage-harness.ts";

const registerA = commit(webhookStream("a"), "any", [registered("a")]);

describe("a handle of the application's", () => {
  it("keeps its settings, except that synchronous is raised to FULL and secure_delete is turned on", async () => {
    const settings = ["journal_mode", "foreign_keys", "busy_timeout", "recursive_triggers", "cache_size"];
    for (const [synchronous, after] of [
      ["OFF", 2],
      ["NORMAL", 2],
      ["FULL", 2],
      ["EXTRA", 3],
    ] as const) {
      const database = connectionTo(newPath(), { timeout: 123 });
      database.pragma("foreign_keys = OFF");
      database.pragma(`synchronous = ${synchronous}`);
      const read = () => settings.map((name): unknown => database.pragma(name, { simple: true }));
      const before = read();
      await storageOn({ database });
      expect(read()).toEqual(before);
      expect(database.pragma("synchronous", { simple: true })).toBe(after);
      expect(database.pragma("secure_delete", { simple: true })).toBe(1);
    }
  });

  it("is not closed with the storage", async () => {
    const database = connectionTo(newPath());
    const storage = await openSqlite({ database });
    (await storage.close())._unsafeUnwrap();
    expect(database.open).toBe(true);
    expect(await errorOf(storage.webhooks.list(""))).toMatchObject({ reason: "closed" });
  });

  it("that the application has closed is StorageError closed, before and after opening", async () => {
    const database = connectionTo(newPath());
    const storage = await openSqlite({ database });
    database.close();
    expect(await errorOf(storage.webhooks.list(""))).toMatchObject({ type: "StorageError", reason: "closed" });
    expect(await errorOf(storage.writer.append(registerA))).toMatchObject({ type: "StorageError", reason: "closed" });
    expect((await storage.close()).isOk()).toBe(true);
    expect(await errorOf(sqliteStorage({ database }).open())).toMatchObject({ type: "StorageError", reason: "closed" });
  });

  it("takes no write inside a transaction of the application's, which goes on", async () => {
    const database = connectionTo(newPath());
    const storage = await storageOn({ database });
    await schedule(storage, "d");
    const before = await everything(storage);
    database.exec("begin; create table orders (id)");
    const locked = { type: "StorageError", reason: "locked", retryable: true };
    expect(await errorOf(storage.writer.append(registerA))).toMatchObject(locked);
    expect(
      await errorOf(storage.queue.claim(() => ({ owner: "A", now: T0, leaseUntil: T0 + 1, limit: 1 }))),
    ).toMatchObject(locked);
    expect(await errorOf(storage.queue.release("A", ["d"]))).toMatchObject(locked);
    expect(await errorOf(storage.projections.rebuild())).toMatchObject(locked);
    expect(await errorOf(sqliteStorage({ database }).open())).toMatchObject(locked);
    expect(await everything(storage)).toEqual(before);
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 1, differences: [] });
    expect(database.inTransaction).toBe(true);
    database.exec("insert into orders values (1); commit");
    expect(await valueOf(storage.writer.append(registerA))).toHaveLength(1);
  });

  it("gives no reader of the ledger what a transaction of the application's may still take back", async () => {
    const database = connectionTo(newPath());
    const storage = await valueOf(sqliteStorage({ database }).open());
    const another = await valueOf(sqliteStorage({ database }).open());
    await schedule(storage, "before");
    database.exec("begin");
    const joined = storage.join(database)._unsafeUnwrap();
    const appended = joined.append(commit(deliveryStream("taken back"), "no-stream", [scheduled("taken back")]));
    expect(appended.isOk()).toBe(true);
    const locked = { type: "StorageError", reason: "locked", retryable: true };
    expect(await errorOf(storage.reader.readAll({ limit: 9 }))).toMatchObject(locked);
    expect(await errorOf(storage.reader.settledPosition())).toMatchObject(locked);
    expect(await errorOf(another.reader.readAll({ limit: 9 }))).toMatchObject(locked);
    database.exec("rollback");
    await schedule(storage, "after");
    // This event has the position that was taken back: whoever had passed that would not see it.
    expect(await valueOf(storage.reader.readAll({ after: 1, limit: 9 }))).toMatchObject([
      { streamId: "delivery-after", position: 2 },
    ]);
    expect(await valueOf(storage.reader.settledPosition())).toBe(2);
  });

  it("gives no copy the rows that a transaction of the application's may still take back", async () => {
    const database = connectionTo(newPath());
    const storage = await valueOf(sqliteStorage({ database }).open());
    await schedule(storage, "before");
    const { transfer } = storage;
    const pages: readonly (() => ResultAsync<readonly object[], StorageError>)[] = [
      () => transfer.messages("", 9),
      () => transfer.secrets("", 9),
      () => transfer.responses({ deliveryId: "", attempt: 0 }, 9),
    ];
    database.exec("begin");
    const joined = storage.join(database)._unsafeUnwrap();
    const appended = joined.append(commit(deliveryStream("taken back"), "no-stream", [scheduled("taken back")]));
    expect(appended.isOk()).toBe(true);
    for (const page of pages) expect(await errorOf(page())).toMatchObject({ reason: "locked", retryable: true });
    database.exec("rollback");
    for (const page of pages) await valueOf(page());
  });

  it("keeps no reader of the ledger waiting for a commit that was refused", async () => {
    const database = connectionTo(newPath());
    const storage = await valueOf(sqliteStorage({ database }).open());
    await schedule(storage, "before");
    database.exec("begin");
    const joined = storage.join(database)._unsafeUnwrap();
    const again = joined.append(commit(deliveryStream("before"), "no-stream", [scheduled("before")]));
    expect(again._unsafeUnwrapErr()).toMatchObject({ type: "VersionConflict" });
    expect(await valueOf(storage.reader.readAll({ limit: 9 }))).toHaveLength(1);
    expect(await valueOf(storage.reader.settledPosition())).toBe(1);
    database.exec("rollback");
  });

  it("that iterates over a query takes no write until the query is over", async () => {
    const database = connectionTo(newPath());
    const storage = await storageOn({ database });
    for (const _row of database.prepare("select 1 union select 2").iterate()) {
      const error = await errorOf(storage.writer.append(registerA));
      expect(error).toMatchObject({ type: "StorageError", reason: "locked", retryable: true });
    }
    expect(await valueOf(storage.writer.append(registerA))).toHaveLength(1);
  });

  it("that reads integers as bigint still gives hookledger numbers", async () => {
    const database = connectionTo(newPath()).defaultSafeIntegers(true);
    const storage = await storageOn({ database });
    await schedule(storage, "d");
    await record(storage, webhookStream("a"), registered("a"));
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 2, differences: [] });
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0);
    expect(await valueOf(storage.projections.rebuild())).toEqual({ events: 2 });
    expect(database.prepare("select 1").pluck().get()).toBe(1n);
  });
});
