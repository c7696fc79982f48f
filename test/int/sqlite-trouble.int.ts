import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sqliteStorage, type SqliteStorageOptions } from "../../src/adapters/sqlite/index.ts";
import type { StorageErrorReason } from "../../src/ports/storage-error.ts";
import {
  commit,
  deliveryStream,
  everything,
  message,
  record,
  registered,
  schedule,
  scheduled,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const failure = (reason: StorageErrorReason, retryable = false) => ({ type: "StorageError", reason, retryable });
const registerA = commit(webhookStream("a"), "any", [registered("a")]);

describe("opening what cannot be opened", () => {
  it("a file that is not SQLite is not-a-database, and stays as it is", async () => {
    const path = newPath();
    const text = "Dear diary, ".repeat(1000);
    writeFileSync(path, text);
    const error = await errorOf(sqliteStorage({ path }).open());
    expect(error).toMatchObject(failure("not-a-database"));
    expect(error.message).toContain(path);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("a missing folder, and a folder in place of a file, are unreachable", async () => {
    const path = newPath();
    for (const wrong of [join(path, "deeper", "hooks.db"), dirname(path)]) {
      const error = await errorOf(sqliteStorage({ path: wrong }).open());
      expect(error).toMatchObject(failure("unreachable"));
      expect(error.message).toContain(wrong);
    }
  });

  it("a new file that somebody else holds for longer than the busy timeout is locked", async () => {
    const path = newPath();
    connectionTo(path).exec("begin exclusive; create table other (id)");
    expect(await errorOf(sqliteStorage({ path, busyTimeoutMs: 20 }).open())).toMatchObject(failure("locked", true));
  });

  it("a database with a read-only connection is opened for reading, once its schema is up to date", async () => {
    const path = newPath();
    connectionTo(path).exec("create table other (id)");
    const early = connectionTo(path, { readonly: true });
    expect(await errorOf(sqliteStorage({ database: early }).open())).toMatchObject(failure("read-only"));

    const writer = await storageOn({ path });
    await record(writer, webhookStream("a"), registered("a"));
    await schedule(writer, "d");
    const reader = await storageOn({ database: connectionTo(path, { readonly: true }) });
    expect(await valueOf(reader.webhooks.get("a"))).toMatchObject({ webhookId: "a" });
    expect(await valueOf(reader.projections.verify())).toEqual({ events: 2, differences: [] });
    expect(await errorOf(reader.writer.append(registerA))).toMatchObject(failure("read-only"));
    expect(await errorOf(reader.projections.rebuild())).toMatchObject(failure("read-only"));
    const claim = { owner: "A", now: T0, leaseUntil: T0 + 1, limit: 1 };
    expect(await errorOf(reader.queue.claim(() => claim))).toMatchObject(failure("read-only"));
  });

  it.each<[field: string, options: unknown]>([
    ["sqliteStorage", undefined],
    ["sqliteStorage", "hooks.db"],
    ["path", {}],
    ["path", { path: "" }],
    ["path", { path: 7 }],
    ["path", { path: "a", database: {} }],
    ["database", { database: {} }],
    ["database", { database: "hooks.db" }],
    ["busyTimeoutMs", { path: "a", busyTimeoutMs: -1 }],
    ["busyTimeoutMs", { path: "a", busyTimeoutMs: 0.5 }],
    ["busyTimeoutMs", { database: connectionLike(), busyTimeoutMs: 1 }],
  ])("options that break a rule are InvalidInput that names the field: %s in %j", async (field, options) => {
    const error = await errorOf(sqliteStorage(options as SqliteStorageOptions).open());
    expect(error).toMatchObject({ type: "InvalidInput", field });
    expect(error.message.startsWith(`${field} must`)).toBe(true);
  });
});

function connectionLike(): Readonly<Record<string, unknown>> {
  const method = (): void => undefined;
  return { open: true, inTransaction: false, prepare: method, pragma: method, transaction: method };
}

function spoilFirstPageOf(table: string, path: string): void {
  const database = connectionTo(path);
  const page = Number(database.prepare("select rootpage from sqlite_master where name = ?").pluck().get(table));
  const size = Number(database.pragma("page_size", { simple: true }));
  database.close();
  writeFileSync(path, readFileSync(path).fill(0xa5, (page - 1) * size, page * size));
}

describe("a database that does not take a write", () => {
  it("is locked while another connection writes: nothing is written, reads go on, and later it works", async () => {
    const path = newPath();
    const storage = await storageOn({ path, busyTimeoutMs: 10 });
    await schedule(storage, "d");
    const before = await everything(storage);
    const other = connectionTo(path);
    other.exec("begin exclusive");
    const claim = { owner: "A", now: T0, leaseUntil: T0 + 1, limit: 1 };
    expect(await errorOf(storage.writer.append(registerA))).toMatchObject(failure("locked", true));
    expect(await errorOf(storage.queue.claim(() => claim))).toMatchObject(failure("locked", true));
    expect(await errorOf(storage.projections.rebuild())).toMatchObject(failure("locked", true));
    expect(await everything(storage)).toEqual(before);
    other.exec("rollback");
    expect(await valueOf(storage.writer.append(registerA))).toEqual([{ streamId: "webhook-a", version: 1 }]);
  });

  it("is full: a commit that does not fit leaves nothing, and works once there is space again", async () => {
    const database = connectionTo(newPath());
    const storage = await storageOn({ database });
    await schedule(storage, "d");
    const before = await everything(storage);
    const large = {
      recordedAt: T0,
      streams: [
        { streamId: webhookStream("a"), expectedVersion: "no-stream", events: [registered("a")] },
        { streamId: deliveryStream("e"), expectedVersion: "no-stream", events: [scheduled("e")] },
      ],
      messages: [message("m", { body: "x".repeat(100_000) })],
    } as const;
    database.pragma("max_page_count = 1");
    expect(await errorOf(storage.writer.append(large))).toMatchObject(failure("full", true));
    expect(database.inTransaction).toBe(false);
    expect(await everything(storage)).toEqual(before);
    expect(await valueOf(storage.messages.get("m"))).toBeNull();
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 1, differences: [] });
    database.pragma("max_page_count = 1000000");
    expect(await valueOf(storage.writer.append(large))).toHaveLength(2);
  });

  it("is a damaged file: reads and writes answer not-a-database", async () => {
    const path = newPath();
    const first = (await sqliteStorage({ path }).open())._unsafeUnwrap();
    for (let index = 0; index < 50; index += 1) await schedule(first, `d${index}`);
    (await first.close())._unsafeUnwrap();
    spoilFirstPageOf("hookledger_events", path);
    const storage = await storageOn({ path });
    expect(await errorOf(storage.projections.verify())).toMatchObject(failure("not-a-database"));
    expect(await errorOf(storage.writer.append(registerA))).toMatchObject(failure("not-a-database"));
  });
});
