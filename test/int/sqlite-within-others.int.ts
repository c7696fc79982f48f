import type { Database } from "better-sqlite3";
import { expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { OpenTransaction } from "../../src/ports/open-transaction.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

/** An application's handle, and a connection such as another process has. Neither waits for the other. */
async function openBoth() {
  const path = newPath();
  const [database, other] = [connectionTo(path, { timeout: 0 }), connectionTo(path, { timeout: 0 })];
  database.pragma("journal_mode = WAL");
  database.exec("create table orders (id integer primary key)");
  const storage = await valueOf(sqliteStorage({ database }).open());
  return { database, joined: storage.join(database)._unsafeUnwrap(), other };
}

/** Tells whether it could write. */
function writes(connection: Database): boolean {
  try {
    connection.exec("insert into orders default values");
    return true;
  } catch {
    return false;
  }
}

const append = commit(deliveryStream("d"), "no-stream", [scheduled("d")]);

it.each<[first: string, call: (joined: OpenTransaction) => { isOk(): boolean }]>([
  ["the webhooks", (joined) => joined.webhooks("")],
  ["an idempotency key", (joined) => joined.findByIdempotencyKey("", "key")],
  ["a stream", (joined) => joined.readStream("message-m")],
])("a transaction that publishes first is its database's writer from when it looks for %s", async (_, call) => {
  const { database, joined, other } = await openBoth();
  database.exec("begin");
  expect(call(joined).isOk()).toBe(true);
  expect(writes(other)).toBe(false);
  expect(joined.append(append).isOk()).toBe(true);
  database.exec("commit");
  expect(writes(other)).toBe(true);
});

it("if others have written since the transaction began to read, the error says to begin it anew", async () => {
  const { database, joined, other } = await openBoth();
  database.exec("begin");
  database.prepare("select * from orders").all();
  expect(writes(other)).toBe(true);
  expect(joined.append(append)._unsafeUnwrapErr()).toMatchObject({
    type: "StorageError",
    reason: "locked",
    message: expect.stringContaining("BEGIN IMMEDIATE") as unknown,
  });
  expect(database.inTransaction).toBe(true);
  database.exec("rollback; begin immediate");
  expect(joined.append(append).isOk()).toBe(true);
  database.exec("commit");
});
