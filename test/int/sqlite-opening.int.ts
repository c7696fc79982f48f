import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { registered, record, webhookStream } from "../contract/storage/facts.ts";
import { startChild } from "../support/child.ts";
import { openSqlite, temporaryFolder } from "../support/sqlite-storage-harness.ts";

function newPath(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  return join(folder.path, "hooks.db");
}

function inspect(path: string): Database.Database {
  const database = new Database(path);
  onTestFinished(() => {
    database.close();
  });
  return database;
}

/** An application that keeps a table and migrations of its own by drizzle. */
function applicationMigrates(path: string): void {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const entries = [{ idx: 0, version: "6", when: 1_900_000_000_000, tag: "0000_orders", breakpoints: true }];
  mkdirSync(join(folder.path, "meta"));
  writeFileSync(join(folder.path, "meta", "_journal.json"), JSON.stringify({ version: "7", dialect: "sqlite", entries }));
  writeFileSync(join(folder.path, "0000_orders.sql"), "create table orders (id integer primary key);");
  const database = new Database(path);
  migrate(drizzle({ client: database }), { migrationsFolder: folder.path });
  database.close();
}

describe("a database that is opened by its path", () => {
  it("is in WAL mode, and its connection waits for locks, checks foreign keys and syncs each commit", async () => {
    const path = newPath();
    const storage = await openSqlite({ path });
    onTestFinished(async () => void (await storage.close()));
    expect(inspect(path).pragma("journal_mode", { simple: true })).toBe("wal");
  });

  it("may be :memory:, each open being a database of its own", async () => {
    const adapter = sqliteStorage({ path: ":memory:" });
    const [one, two] = [(await adapter.open())._unsafeUnwrap(), (await adapter.open())._unsafeUnwrap()];
    await record(one, webhookStream("a"), registered("a"));
    expect((await one.webhooks.list(""))._unsafeUnwrap()).toHaveLength(1);
    expect((await two.webhooks.list(""))._unsafeUnwrap()).toEqual([]);
    for (const storage of [one, two]) (await storage.close())._unsafeUnwrap();
  });
});
