import Driver from "better-sqlite3";
import { copyFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createShortLog } from "../../src/adapters/sqlite/short-log.ts";
import { record, registered, webhookStream } from "../../src/testing/contracts/storage/facts.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

/** How many events are in the file of the database itself, without its log. */
function eventsIn(path: string): unknown {
  const copy = newPath();
  copyFileSync(path, copy);
  return connectionTo(copy).prepare("select count(*) from hookledger_events").pluck().get();
}

it("copies what is in the log into the database once nobody commits any more", async () => {
  const path = newPath();
  const storage = await storageOn({ path });
  for (let id = 0; id < 20; id += 1) await record(storage, webhookStream(`w${id}`), registered(`w${id}`));
  await vi.waitFor(() => expect(eventsIn(path)).toBe(20), { timeout: 10_000, interval: 20 });
});

describe("a log that is kept short", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function keeping() {
    const database = new Driver(":memory:");
    const pragma = vi.spyOn(database, "pragma");
    const copied = () => pragma.mock.calls.filter(([source]) => source.startsWith("wal_checkpoint")).length;
    return { database, shortLog: createShortLog(database), copied };
  }

  function commit(shortLog: ReturnType<typeof createShortLog>, times: number, betweenMs: number): void {
    for (let count = 0; count < times; count += 1) {
      shortLog.committed();
      vi.advanceTimersByTime(betweenMs);
    }
  }

  it("is copied after a number of commits, and not after fewer", () => {
    const { shortLog, copied } = keeping();
    commit(shortLog, 19, 50);
    expect(copied()).toBe(0);
    commit(shortLog, 1, 50);
    expect(copied()).toBe(1);
    commit(shortLog, 40, 50);
    expect(copied()).toBe(3);
  });

  it("is left alone while commits follow each other", () => {
    const { shortLog, copied } = keeping();
    commit(shortLog, 500, 1);
    expect(copied()).toBe(0);
    vi.advanceTimersByTime(5);
    expect(copied()).toBe(1);
  });

  it("is left alone inside a transaction, and once it is closed", () => {
    const { database, shortLog, copied } = keeping();
    database.exec("begin");
    commit(shortLog, 20, 50);
    expect(copied()).toBe(0);
    database.exec("commit");
    shortLog.committed();
    shortLog.close();
    vi.advanceTimersByTime(50);
    database.close();
    commit(shortLog, 20, 50);
    expect(copied()).toBe(0);
  });
});
