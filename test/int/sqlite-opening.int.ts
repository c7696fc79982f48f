import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/adapters/sqlite/connection.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { record, registered, webhookStream } from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { startChild } from "../support/child.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const migrations = readdirSync(new URL("../../drizzle/sqlite", import.meta.url)).filter((name) =>
  name.endsWith(".sql"),
);

describe("a database that is opened by its path", () => {
  it("is in WAL mode; its connection waits for locks, checks foreign keys and syncs each commit", async () => {
    const { database } = await valueOf(connect({ kind: "path", path: newPath(), busyTimeoutMs: 5000 }));
    onTestFinished(() => {
      database.close();
    });
    const read = (name: string): unknown => database.pragma(name, { simple: true });
    expect(read("journal_mode")).toBe("wal");
    expect(read("synchronous")).toBe(2);
    expect(read("foreign_keys")).toBe(1);
    expect(read("busy_timeout")).toBe(5000);
    expect(read("wal_autocheckpoint")).toBe(4000);
    expect(read("secure_delete")).toBe(1);
  });

  it("may be :memory:, and then each open is a database of its own", async () => {
    const [one, two] = [await storageOn({ path: ":memory:" }), await storageOn({ path: ":memory:" })];
    await record(one, webhookStream("a"), registered("a"));
    expect(await valueOf(one.webhooks.list(""))).toHaveLength(1);
    expect(await valueOf(two.webhooks.list(""))).toEqual([]);
  });

  it.each(["file:hooks.db", "file::memory:", " file:hooks.db?mode=memory", "hooks.db\0.bak"])(
    "is not %j, by which the driver would open another file than is meant",
    async (path) => {
      const error = await errorOf(sqliteStorage({ path }).open({ mustExist: true }));
      expect(error).toMatchObject({ type: "InvalidInput", field: "path" });
    },
  );

  it("waits for its turn if somebody else is writing to a file that is not in WAL mode yet", async () => {
    const path = newPath();
    const other = connectionTo(path);
    other.exec("begin immediate; create table other (id)");
    const opening = sqliteStorage({ path }).open();
    other.exec("commit");
    const storage = await valueOf(opening);
    expect(connectionTo(path).pragma("journal_mode", { simple: true })).toBe("wal");
    await valueOf(storage.close());
  });

  it("that a newer hookledger has migrated is StorageError newer-schema, and is left as it is", async () => {
    const path = newPath();
    await storageOn({ path });
    const database = connectionTo(path);
    database.exec("insert into hookledger_migrations values (9000000000000, 'hash', 0)");
    const before = database.serialize();
    const error = await errorOf(sqliteStorage({ path }).open());
    expect(error).toMatchObject({ type: "StorageError", reason: "newer-schema", retryable: false });
    expect(error.message).toContain(path);
    expect(database.serialize().equals(before)).toBe(true);
  });
});

/** Ten of them compile the adapter at once, which takes a while on a busy machine with two cores. */
const TEN_PROCESSES_MS = 600_000;

describe("processes that open a new file at once, beside the application's own tables and migrations", () => {
  it.each([
    ["path", 2],
    ["path", 10],
    ["handle", 10],
  ] as const)(
    "all succeed, by %s, %i of them",
    async (by, count) => {
      const path = newPath();
      applicationMigrates(path);
      const names = Array.from({ length: count }, (_, index) => `child-${index}`);
      const opener = new URL("../support/sqlite-opener.ts", import.meta.url);
      const children = names.map((name) => startChild(opener, [by, path, name]));
      onTestFinished(async () => {
        await Promise.all(children.map((child) => child.stop()));
      });
      await Promise.all(children.map((child) => child.hears("ready")));
      for (const child of children) child.say("go");
      await Promise.all(children.map((child) => child.hears("done")));

      const storage = await storageOn({ path });
      const events = await valueOf(storage.reader.readAll({ limit: 100 }));
      expect(events.map(({ streamId }) => streamId).toSorted()).toEqual(names.map(webhookStream).toSorted());
      const database = connectionTo(path);
      expect(database.prepare("select count(*) from hookledger_migrations").pluck().get()).toBe(migrations.length);
      expect(database.prepare("select count(*) from __drizzle_migrations").pluck().get()).toBe(1);
      expect(database.prepare("select count(*) from orders").pluck().get()).toBe(0);
    },
    TEN_PROCESSES_MS,
  );
});

/** An application that keeps a table of its own by drizzle, with a migration later than any of hookledger's. */
function applicationMigrates(path: string): void {
  const migrationsFolder = join(dirname(path), "application");
  const entries = [{ idx: 0, version: "6", when: 9_000_000_000_000, tag: "0000_orders", breakpoints: true }];
  const journal = JSON.stringify({ version: "7", dialect: "sqlite", entries });
  mkdirSync(join(migrationsFolder, "meta"), { recursive: true });
  writeFileSync(join(migrationsFolder, "meta", "_journal.json"), journal);
  writeFileSync(join(migrationsFolder, "0000_orders.sql"), "create table orders (id integer primary key);");
  migrate(drizzle({ client: connectionTo(path) }), { migrationsFolder });
}
