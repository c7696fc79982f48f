import type Database from "better-sqlite3";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createKemiDatabase } from "../../src/adapters/sqlite/kemi-database.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const kemi = createKemiDatabase();

/** The table as kemi's webhooks.py makes it. */
const ddl = `
  create table if not exists webhooks (
    webhook_id text primary key, url text not null, events text not null, secret text not null default '',
    active integer not null default 1, retry_max integer not null default 5, retry_base_delay real not null default 1.0,
    retry_max_delay real not null default 60.0, retry_multiplier real not null default 2.0,
    created_at text not null, updated_at text not null
  )`;

function insert(database: Database.Database, webhookId: string, createdAt: string): void {
  database
    .prepare(
      "insert into webhooks (webhook_id, url, events, created_at, updated_at) values (?, 'https://a.example', '[]', ?, '')",
    )
    .run(webhookId, createdAt);
}

it("gives the rows as they are, the oldest first, and rows of one time by id", async () => {
  const path = newPath();
  const database = connectionTo(path);
  database.exec(ddl);
  insert(database, "c", "2026-01-02");
  insert(database, "b", "2026-01-01");
  insert(database, "a", "2026-01-02");
  database.exec(
    "update webhooks set events = x'00ff', retry_max = 'many', retry_base_delay = 0.5 where webhook_id = 'b'",
  );
  const rows = await valueOf(kemi.readWebhooks(path));
  expect(rows.map(({ webhookId }) => webhookId)).toEqual(["b", "a", "c"]);
  expect(rows[0]).toMatchObject({ events: Buffer.from([0x00, 0xff]), retryMax: "many", retryBaseDelay: 0.5 });
  expect(rows[1]).toEqual({
    ...{ webhookId: "a", url: "https://a.example", events: "[]", secret: "", active: 1 },
    ...{ retryMax: 5, retryBaseDelay: 1, retryMaxDelay: 60, retryMultiplier: 2 },
  });
});

it("changes nothing in the file", async () => {
  const path = newPath();
  const database = connectionTo(path);
  database.exec(ddl);
  database.close();
  const before = readFileSync(path);
  expect(await valueOf(kemi.readWebhooks(path))).toEqual([]);
  expect(readFileSync(path).equals(before)).toBe(true);
});

it("reads while kemi writes to the file in WAL mode, and sees what is committed", async () => {
  const path = newPath();
  const database = connectionTo(path);
  database.pragma("journal_mode = WAL");
  database.exec(ddl);
  insert(database, "committed", "2026-01-01");
  database.exec("begin immediate");
  insert(database, "not yet", "2026-01-01");
  expect(await valueOf(kemi.readWebhooks(path))).toMatchObject([{ webhookId: "committed" }]);
  database.exec("commit");
  expect(await valueOf(kemi.readWebhooks(path))).toHaveLength(2);
});

it("reads a file that holds the ledger too", async () => {
  const path = newPath();
  await storageOn({ path });
  const database = connectionTo(path);
  database.exec(ddl);
  insert(database, "a", "2026-01-01");
  expect(await valueOf(kemi.readWebhooks(path))).toMatchObject([{ webhookId: "a" }]);
});

it("a file that does not exist is unreachable, and is not made", async () => {
  const path = newPath();
  const error = await errorOf(kemi.readWebhooks(path));
  expect(error).toMatchObject({ type: "StorageError", reason: "unreachable", retryable: false });
  expect(error.message).toContain(path);
  expect(existsSync(path)).toBe(false);
});

it.each([
  ["no name at all", ""],
  ["a database in memory", ":memory:"],
])("%s is unreachable", async (_what, path) => {
  expect(await errorOf(kemi.readWebhooks(path))).toMatchObject({ type: "StorageError", reason: "unreachable" });
});

it("a file that is not SQLite, has no such table, or lacks columns, is not-a-database", async () => {
  const text = newPath();
  writeFileSync(text, "Dear diary, ".repeat(1000));
  expect(await errorOf(kemi.readWebhooks(text))).toMatchObject({ reason: "not-a-database" });

  const path = newPath();
  const database = connectionTo(path);
  database.exec("create table other (id)");
  expect((await errorOf(kemi.readWebhooks(path))).message).toContain("it has no table webhooks");
  database.exec("create table webhooks (webhook_id, url, events, secret, active, created_at, retry_max)");
  const error = await errorOf(kemi.readWebhooks(path));
  expect(error).toMatchObject({ type: "StorageError", reason: "not-a-database" });
  expect(error.message).toContain("its table webhooks lacks retry_base_delay, retry_max_delay, retry_multiplier");
});
