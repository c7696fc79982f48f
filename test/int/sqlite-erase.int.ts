import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, vi } from "vitest";
import { tryToEmptyLog } from "../../src/adapters/sqlite/empty-log.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

const event = "memory.updated";
const canary = "canary-4711";
/** Larger than a page, so that it has pages of its own as well. */
const payload = { text: `${canary} `.repeat(900) };

function filesWith(text: string, path: string): readonly string[] {
  return readdirSync(dirname(path)).filter((name) => readFileSync(join(dirname(path), name)).includes(text));
}

async function openOn(storage: StorageAdapter) {
  const http = scriptedHttpClient((_, before) => (before % 2 === 0 ? { statusCode: 500, body: canary } : 204));
  const hooks = await openHooks({ storage, http, clock: createFakeClock({ autoAdvance: true }) });
  await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/hooks", events: [event] }));
  return hooks;
}

it.each(["path", "handle"] as const)("what is erased is in no file any more, opened by %s", async (by) => {
  const path = newPath();
  const database = connectionTo(path);
  database.pragma("journal_mode = WAL");
  const hooks = await openOn(sqliteStorage(by === "path" ? { path } : { database }));
  for (let n = 0; n < 20; n += 1) await value(hooks.publish({ event, payload: { n, ...payload }, subject: canary }));
  await value(hooks.worker().runUntilIdle());
  expect(filesWith(canary, path)).not.toEqual([]);
  expect(await value(hooks.messages.erase({ subject: canary }))).toEqual({ erased: 20 });
  expect(filesWith(canary, path)).toEqual([]);
});

it("while somebody reads the database, erasing is locked, and a later call clears the files", async () => {
  const path = newPath();
  const hooks = await openOn(sqliteStorage({ path, busyTimeoutMs: 10 }));
  const { messageId } = await value(hooks.publish({ event, payload }));
  const reader = connectionTo(path);
  reader.exec("begin");
  expect(reader.prepare("select count(*) from hookledger_messages").pluck().get()).toBe(1);
  expect(await failure(hooks.messages.erase({ messageId }))).toMatchObject({ type: "StorageError", reason: "locked" });
  expect(await value(hooks.ledger.readStream(`message-${messageId}`))).toHaveLength(2);
  reader.exec("commit");
  expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 0 });
  expect(filesWith(canary, path)).toEqual([]);
});

it("while erasing waits for a reader, others can write; when the reader has gone, it is done", async () => {
  const path = newPath();
  const [hooks, other] = [await openOn(sqliteStorage({ path })), await openHooks({ storage: sqliteStorage({ path }) })];
  const { messageId } = await value(hooks.publish({ event, payload }));
  const reader = connectionTo(path);
  reader.exec("begin");
  expect(reader.prepare("select count(*) from hookledger_messages").pluck().get()).toBe(1);
  const erasing = value(hooks.messages.erase({ messageId }));
  // The erasure is committed before it waits.
  await vi.waitFor(async () => expect(await value(other.ledger.readStream(`message-${messageId}`))).toHaveLength(2));
  await value(other.publish({ event, payload: {} }));
  reader.exec("commit");
  expect(await erasing).toEqual({ erased: 1 });
  expect(filesWith(canary, path)).toEqual([]);
});

it("a journal that the application's handle keeps between transactions goes as well, and the handle keeps its mode", async () => {
  const path = newPath();
  const database = connectionTo(path);
  database.pragma("journal_mode = PERSIST");
  const hooks = await openOn(sqliteStorage({ database }));
  await value(hooks.publish({ event, payload, subject: canary }));
  expect(await value(hooks.messages.erase({ subject: canary }))).toEqual({ erased: 1 });
  expect(filesWith(canary, path)).toEqual([]);
  expect(database.pragma("journal_mode", { simple: true })).toBe("persist");
});

it("while somebody else writes, a journal that is kept cannot be removed: erasing is locked", () => {
  const path = newPath();
  const [database, other] = [connectionTo(path), connectionTo(path)];
  database.pragma("journal_mode = PERSIST");
  database.exec("create table t (x text)");
  other.exec("begin immediate");
  expect(tryToEmptyLog(database).isEmpty).toBe(false);
  other.exec("commit");
  expect(tryToEmptyLog(database).isEmpty).toBe(true);
});

it("does not wait for readers of a database that the application has attached", async () => {
  const path = newPath();
  const [database, reader] = [connectionTo(path), connectionTo(newPath())];
  reader.pragma("journal_mode = WAL");
  reader.exec("create table t (x text)");
  database.pragma("journal_mode = WAL");
  database.pragma("busy_timeout = 10");
  database.prepare("attach ? as beside").run(reader.name);
  const hooks = await openOn(sqliteStorage({ database }));
  const { messageId } = await value(hooks.publish({ event, payload }));
  reader.exec("begin; select count(*) from t");
  database.exec("insert into beside.t values ('x')");
  expect(await value(hooks.messages.erase({ messageId }))).toEqual({ erased: 1 });
  expect(filesWith(canary, path)).toEqual([]);
});

it("several messages are erased in one commit", async () => {
  let commits = 0;
  const verbose = (statement: unknown) => void (commits += String(statement).toLowerCase() === "commit" ? 1 : 0);
  const hooks = await openOn(sqliteStorage({ database: connectionTo(newPath(), { verbose }) }));
  await value(hooks.publishMany(Array.from({ length: 120 }, (_, n) => ({ event, payload: { n }, subject: "u" }))));
  commits = 0;
  expect(await value(hooks.messages.erase({ subject: "u" }))).toEqual({ erased: 120 });
  expect(commits).toBeLessThanOrEqual(24);
});
