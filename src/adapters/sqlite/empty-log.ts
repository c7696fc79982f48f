import type Driver from "better-sqlite3";
import { err, ok, type Result } from "neverthrow";
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { withBusyTimeout } from "./lock-wait.ts";
import { fileOf } from "./wal-file.ts";

/** How long to try at most, even if the connection's own busy timeout is longer. */
const MOST_MS = 5000;
/** The pause between two tries. */
const PAUSE_MS = 10;

export interface Emptying {
  readonly isEmpty: boolean;
  /** How long the connection waits for locks. */
  readonly busyTimeoutMs: number;
}

/**
 * Copies the write-ahead log into the database and empties its file, unless somebody is reading. It leaves alone what
 * the application has attached. A handle in the mode `persist` has no such log, but a journal to remove.
 */
export function tryToEmptyLog(database: Driver.Database): Emptying {
  const busyTimeoutMs = Number(database.pragma("busy_timeout", { simple: true }));
  return withBusyTimeout(database, 0, busyTimeoutMs, () => {
    const isCopied = Number(database.pragma("main.wal_checkpoint(TRUNCATE)", { simple: true })) === 0;
    return { isEmpty: isCopied && removeKeptJournal(database), busyTimeoutMs };
  });
}

/**
 * In the mode `persist`, the journal stays between transactions, with what the longest ones have replaced. SQLite
 * removes it as the mode changes, but does not tell if it could not, because somebody else is writing.
 */
function removeKeptJournal(database: Driver.Database): boolean {
  if (database.pragma("main.journal_mode", { simple: true }) !== "persist") return true;
  database.pragma("main.journal_mode = DELETE");
  database.pragma("main.journal_mode = PERSIST");
  return !existsSync(`${fileOf(database)}-journal`);
}

/**
 * Waits for readers here, and not in SQLite. SQLite would block this process, and meanwhile hold the lock that all
 * other processes' writers wait for.
 */
export async function untilEmpty(attempt: () => Result<Emptying, StorageError>): Promise<Result<void, StorageError>> {
  const began = performance.now();
  for (;;) {
    const emptying = attempt();
    if (emptying.isErr()) return err(emptying.error);
    if (emptying.value.isEmpty) return ok();
    if (performance.now() - began >= Math.min(emptying.value.busyTimeoutMs, MOST_MS))
      return err(storageError("locked", "another connection is still using the write-ahead log, or the journal"));
    await setTimeout(PAUSE_MS);
  }
}
