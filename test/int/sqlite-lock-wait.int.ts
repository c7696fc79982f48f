import Database from "better-sqlite3";
import { ResultAsync } from "neverthrow";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { commit, registered, schedule, T0, webhookStream } from "../../src/testing/contracts/storage/facts.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const register = (id: string) => commit(webhookStream(id), "any", [registered(id)]);

const writes: Readonly<Record<string, (storage: Storage) => ResultAsync<unknown, unknown>>> = {
  "an append": ({ writer }) => writer.append(register("a")),
  "two appends, which share a transaction": ({ writer }) =>
    ResultAsync.combine(["a", "b"].map((id) => writer.append(register(id)))),
  "a claim": ({ queue }) => queue.claim(() => ({ owner: "A", now: T0, leaseUntil: T0 + 1, limit: 1 })),
  "a rebuild": ({ projections }) => projections.rebuild(),
  "a follower's lead": ({ checkpoints }) => checkpoints.lead({ name: "f", owner: "A", now: T0, until: T0 + 1 }, 0),
};

/** A file with a delivery in it, on which a connection of somebody else's has begun to write. */
async function lockedFile(busyTimeoutMs?: number) {
  const path = newPath();
  const storage = await storageOn({ path, ...(busyTimeoutMs !== undefined && { busyTimeoutMs }) });
  await schedule(storage, "d");
  const other = connectionTo(path);
  other.exec("begin immediate");
  return { path, storage, other };
}

describe("while another connection is writing", () => {
  it.each(Object.keys(writes))("%s waits, and the event loop goes on", async (name) => {
    const { storage, other } = await lockedFile();
    const written = writes[name]?.(storage);
    // The driver's own wait would keep the lock's holder, here in the same process, from ending it.
    await nextTurn();
    await nextTurn();
    other.exec("commit");
    expect((await written)?.isOk()).toBe(true);
  });

  it("a storage opens when it may write its tables", async () => {
    const path = newPath();
    const other = connectionTo(path);
    other.exec("pragma journal_mode = WAL; begin immediate; create table other (id)");
    const opened = sqliteStorage({ path }).open();
    await nextTurn();
    other.exec("commit");
    const storage = await valueOf(opened);
    await valueOf(storage.close());
  });

  it("what is asked for is written in the order in which it was asked for", async () => {
    const { storage, other } = await lockedFile();
    const ids = ["a", "b", "c"];
    const appended = ids.map((id) => storage.writer.append(register(id)));
    await nextTurn();
    await nextTurn();
    appended.push(storage.writer.append(register("late")));
    other.exec("commit");
    for (const one of appended) await valueOf(one);
    const events = await valueOf(storage.reader.readAll({ after: 0, limit: 10 }));
    const streams = events.map(({ streamId }) => streamId).filter((streamId) => streamId.startsWith("webhook-"));
    expect(streams).toEqual([...ids, "late"].map((id) => webhookStream(id)));
  });

  it("closing waits for what was asked for, and takes nothing more", async () => {
    const { path, storage, other } = await lockedFile();
    const appended = storage.writer.append(register("a"));
    await nextTurn();
    const closed = storage.close();
    expect(await errorOf(storage.writer.append(register("b")))).toMatchObject({ reason: "closed" });
    other.exec("commit");
    await valueOf(appended);
    await valueOf(closed);
    const again = await storageOn({ path });
    expect(await valueOf(again.webhooks.get("a"))).not.toBeNull();
  });

  it("closing twice ends twice", async () => {
    const { storage, other } = await lockedFile();
    const appended = storage.writer.append(register("a"));
    await nextTurn();
    const closes = [storage.close(), storage.close()];
    other.exec("commit");
    for (const closed of closes) await valueOf(closed);
    await valueOf(appended);
  });

  it("closing ends all the same if the other connection does not", async () => {
    const { storage } = await lockedFile(30);
    const appended = storage.writer.append(register("a"));
    await valueOf(storage.close());
    expect(await errorOf(appended)).toMatchObject({ reason: "locked", retryable: true });
  });

  it("a write that does not share a transaction is closed if it still waits when the storage closes", async () => {
    const { storage } = await lockedFile();
    const rebuilt = storage.projections.rebuild();
    await valueOf(storage.close());
    expect(await errorOf(rebuilt)).toMatchObject({ reason: "closed" });
  });
});

/** Has SQLite leave the journal's mode as it is, as it does on a file system that WAL cannot be used on. */
function withoutWal(): void {
  const pragma = Database.prototype.pragma;
  const spy = vi.spyOn(Database.prototype, "pragma").mockImplementation(function (
    this: Database.Database,
    source,
    options,
  ) {
    return pragma.call(this, source.replace(" = WAL", ""), options);
  });
  onTestFinished(() => spy.mockRestore());
}

describe("while another connection is reading a file that cannot be in WAL mode", () => {
  it.each(Object.keys(writes))("%s waits, and the event loop goes on", async (name) => {
    withoutWal();
    const path = newPath();
    const storage = await storageOn({ path });
    await schedule(storage, "d");
    const other = connectionTo(path);
    expect(other.pragma("journal_mode", { simple: true })).toBe("delete");
    other.exec("begin");
    other.prepare("select count(*) from hookledger_events").get();
    const written = writes[name]?.(storage);
    await nextTurn();
    await nextTurn();
    other.exec("commit");
    expect((await written)?.isOk()).toBe(true);
  });
});
