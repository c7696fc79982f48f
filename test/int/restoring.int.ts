import { once } from "node:events";
import { copyFileSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, inject, it } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { newSchema, openHooks, readLedger, value } from "../support/open-hooks.ts";
import { queryOnce } from "../support/postgres/schema.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
const event = "memory.updated";
const url = "http://127.0.0.1:9/hook";

/** The SQL that the page on operations gives under Restoring: PostgreSQL's first, then SQLite's. */
const [onPostgres = "", onSqlite = ""] = [...page.matchAll(/^ {3}```sql\n([\s\S]*?)^ {3}```$/gm)].map(
  ([, sql]) => sql ?? "",
);

const databases: readonly (readonly [name: string, make: () => readonly [StorageAdapter, () => unknown]])[] = [
  [
    "PostgreSQL",
    () => {
      const [schema, connectionString] = [newSchema(), inject("postgresUrl")];
      const sql = onPostgres.replaceAll("hookledger.", `${schema}.`);
      return [postgresStorage({ connectionString, schema }), () => queryOnce(connectionString, sql)];
    },
  ],
  [
    "SQLite",
    () => {
      const path = newPath();
      return [sqliteStorage({ path }), () => connectionTo(path).exec(onSqlite)];
    },
  ],
];

it.each(databases)("the next position is above those that were given before the restore: %s", async (_, make) => {
  const [storage, moveOn] = make();
  const hooks = await openHooks({ storage, http: scriptedHttpClient() });
  await value(hooks.webhooks.register({ url, events: [event] }));
  const before = (await readLedger(hooks)).at(-1)?.position ?? 0;
  await moveOn();
  await moveOn();
  await value(hooks.publish({ event, payload: {} }));
  await value(hooks.worker().runUntilIdle());
  const after = await value(hooks.ledger.readAll({ after: before, limit: 10 }));
  expect(after.map(({ position }) => position)).toEqual([123457, 123458, 123459]);
  expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
});

/** Copies as the page says, beside the process that writes. */
const copier = `
  const { workerData: [path, copy] } = require("node:worker_threads");
  const database = new (require("better-sqlite3"))(path, { readonly: true });
  database.prepare("vacuum into ?").run(copy);
`;

it("SQLite's copy of a file that is written to has all that was committed before, and is whole", async () => {
  const [path, copy] = [newPath(), newPath()];
  const hooks = await openHooks({ storage: sqliteStorage({ path }), http: scriptedHttpClient() });
  await value(hooks.webhooks.register({ url, events: [event] }));
  const before = await value(hooks.publish({ event, payload: {} }));
  await value(hooks.worker().start());
  const copying = new Worker(copier, { eval: true, workerData: [path, copy] });
  const copied = once(copying, "exit");
  // The thread id is -1 once the worker has ended.
  while (copying.threadId !== -1) await value(hooks.publish({ event, payload: {} }));
  expect(await copied).toEqual([0]);
  const restored = await openHooks({ storage: sqliteStorage({ path: copy }) });
  expect(await value(restored.ledger.verify())).toMatchObject({ differences: [] });
  expect(await value(restored.messages.get(before.messageId))).not.toBeNull();
});

it("a copy of SQLite's file alone lacks what is in the log, and a copy by `vacuum into` has it", async () => {
  const [path, alone, whole] = [newPath(), newPath(), newPath()];
  const hooks = await openHooks({ storage: sqliteStorage({ path }) });
  const { messageId } = await value(hooks.publish({ event, payload: {} }));
  copyFileSync(path, alone);
  connectionTo(path).prepare("vacuum into ?").run(whole);
  await value(hooks.close());
  // As the page says under Restoring.
  for (const left of [`${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
  renameSync(whole, path);
  expect(connectionTo(alone).prepare("select count(*) from sqlite_master").pluck().get()).toBe(0);
  const restored = await openHooks({ storage: sqliteStorage({ path }) });
  expect(await value(restored.messages.get(messageId))).not.toBeNull();
});
