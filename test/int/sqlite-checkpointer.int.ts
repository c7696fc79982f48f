import { existsSync, renameSync, statSync, writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createCheckpointer } from "../../src/adapters/sqlite/checkpointer.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { walFileOf } from "../../src/adapters/sqlite/wal-file.ts";
import { record, registered, webhookStream } from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { startChild } from "../support/child.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

/** A database in WAL mode whose commits copy nothing, and its checkpointer. */
function openFile() {
  const path = newPath();
  const database = connectionTo(path);
  database.pragma("journal_mode = WAL");
  database.pragma("wal_autocheckpoint = 0");
  database.exec("create table t (x text)");
  const file = walFileOf(database);
  if (file === null) throw new Error("this file system has no WAL");
  const checkpointer = createCheckpointer(file);
  onTestFinished(() => checkpointer.close());
  const insert = database.prepare("insert into t values (?)");
  const commit = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      insert.run("x".repeat(4000));
      checkpointer.committed();
    }
  };
  return { path, commit, checkpointer, size: () => statSync(path).size };
}

describe("the checkpointer", () => {
  it("copies the log into the database, on a thread, after some commits", async () => {
    const { commit, size } = openFile();
    // This thread does nothing but insert.
    commit(1000);
    await vi.waitFor(() => expect(size()).toBeGreaterThan(3_000_000));
  });

  it("asks its thread once for each hundred commits, and not at each of them", () => {
    const { commit } = openFile();
    const asked = vi.spyOn(Worker.prototype, "postMessage");
    onTestFinished(() => asked.mockRestore());
    commit(99);
    expect(asked).not.toHaveBeenCalled();
    commit(901);
    expect(asked).toHaveBeenCalledTimes(10);
  });

  it("starts no thread if another file has taken the database's place", async () => {
    const { path, commit, checkpointer } = openFile();
    const started = vi.fn();
    process.on("worker", started);
    onTestFinished(() => void process.off("worker", started));
    renameSync(path, `${path}.moved`);
    writeFileSync(path, "");
    commit(1000);
    await checkpointer.close();
    expect(started).not.toHaveBeenCalled();
    expect(statSync(path).size).toBe(0);
  });

  it("goes without its thread if that fails", async () => {
    const checkpointer = createCheckpointer({ path: `${newPath()}/not-there`, isInPlace: () => true });
    for (let n = 0; n < 1000; n += 1) checkpointer.committed();
    await checkpointer.close();
    for (let n = 0; n < 1000; n += 1) checkpointer.committed();
    await checkpointer.close();
  });

  it("keeps its thread if the log cannot be copied, as on a full disk, which may have space again later", async () => {
    const path = newPath();
    writeFileSync(path, "not a database".repeat(1000));
    const checkpointer = createCheckpointer({ path, isInPlace: () => true });
    const exitCode = new Promise((resolve) => {
      process.once("worker", (thread) => thread.once("exit", resolve));
    });
    for (let n = 0; n < 1000; n += 1) checkpointer.committed();
    await checkpointer.close();
    expect(await exitCode).toBe(0);
  });

  it("closes while its thread is failing, even if nothing else keeps the process alive", async () => {
    await startChild(new URL("../support/failing-checkpointer.ts", import.meta.url), []).hears("closed");
  });

  it("closes its thread even if nothing else keeps the process alive", async () => {
    await startChild(new URL("../support/checkpointer-alone.ts", import.meta.url), [newPath(), "close"]).hears(
      "closed",
    );
  });

  it("keeps no process alive that does not close it", async () => {
    const child = startChild(new URL("../support/checkpointer-alone.ts", import.meta.url), [newPath(), "leave"]);
    onTestFinished(() => child.stop());
    await child.hears("running");
    await expect(child.survives).rejects.toThrow("ended by itself");
  });

  it("lets no commit fail if it cannot tell which file is in the database's place", async () => {
    const isInPlace = () => {
      throw new Error("permission denied");
    };
    const checkpointer = createCheckpointer({ path: newPath(), isInPlace });
    expect(() => Array.from({ length: 1000 }, checkpointer.committed)).not.toThrow();
    await checkpointer.close();
  });

  it("copies nothing any more once it is closed", async () => {
    const { commit, checkpointer, size } = openFile();
    const before = size();
    await checkpointer.close();
    commit(1000);
    await checkpointer.close();
    expect(size()).toBe(before);
  });
});

it("a storage that is closed leaves no log behind, whatever its checkpointer was at", async () => {
  const path = newPath();
  const storage = await valueOf(sqliteStorage({ path }).open());
  for (let n = 0; n < 200; n += 1) await record(storage, webhookStream(`w${n}`), registered(`w${n}`));
  await valueOf(storage.close());
  expect(existsSync(`${path}-wal`)).toBe(false);
});

it("a log that was made long, by a vacuum or while somebody kept reading, is cut back afterwards", async () => {
  const path = newPath();
  const storage = await valueOf(sqliteStorage({ path }).open());
  onTestFinished(async () => valueOf(storage.close()));
  const other = connectionTo(path);
  other.exec("create table t (x blob)");
  const size = () => statSync(`${path}-wal`).size;
  other.exec("insert into t values (zeroblob(50000000))");
  expect(size()).toBeGreaterThan(50_000_000);
  for (let n = 0; n < 3; n += 1) await record(storage, webhookStream(`w${n}`), registered(`w${n}`));
  expect(size()).toBeLessThan(34_000_000);
});
