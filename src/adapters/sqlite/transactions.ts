import type Driver from "better-sqlite3";
import type { Result } from "neverthrow";
import type { Connection } from "./connection.ts";
import { WAIT_IN_DRIVER_MS, withBusyTimeout } from "./lock-wait.ts";

/** Runs work in a transaction: all of it, or nothing if it returns `Err` or throws. */
export interface Transactions {
  /** In a transaction of its own, which only reads. */
  reading: RunWork;
  /** In a transaction of its own, which takes the write lock as it begins. */
  writing: RunWork;
  /** In the transaction that the application has open. */
  nested: RunWork;
  /**
   * Has `settle` called before each commit, to write what was gathered, and `forget` once the transaction has ended.
   */
  gather(gatherer: Gatherer): void;
}

type RunWork = <T, E>(work: () => Result<T, E>) => Result<T, E>;

export interface Gatherer {
  settle(): void;
  /** @param isKept - whether what was written is in the database: a commit may fail as well */
  forget(isKept: boolean): void;
}

/** These functions let the driver throw. The session decides what to make of that. */
export function createTransactions({
  database,
  joined,
  busyTimeoutMs,
}: Pick<Connection, "database" | "joined" | "busyTimeoutMs">): Transactions {
  const begin = database.prepare("begin");
  const beginImmediate = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  const rollback = database.prepare("rollback");
  const savepoint = database.prepare("savepoint hookledger");
  const rollbackToSavepoint = database.prepare("rollback to hookledger");
  const release = database.prepare("release hookledger");
  const gatherers: Gatherer[] = [];

  /**
   * On a connection of our own, whoever has to wait long for another one's lock waits outside the driver. Unless the
   * file is in WAL mode, a commit also waits, for those who read.
   */
  function waitingBriefly<T>(work: () => T): T {
    if (busyTimeoutMs === null) return work();
    return withBusyTimeout(database, Math.min(busyTimeoutMs, WAIT_IN_DRIVER_MS), busyTimeoutMs, work);
  }

  function transaction<T, E>(start: Driver.Statement, work: () => Result<T, E>): Result<T, E> {
    start.run();
    let isKept = false;
    try {
      const result = work();
      if (result.isOk()) {
        for (const { settle } of gatherers) settle();
        commit.run();
        isKept = true;
      }
      return result;
    } finally {
      // If SQLite ran out of space, it has already rolled back by itself.
      if (database.inTransaction) rollback.run();
      for (const { forget } of gatherers) forget(isKept);
    }
  }

  function nested<T, E>(work: () => Result<T, E>): Result<T, E> {
    savepoint.run();
    let isKept = false;
    try {
      const result = work();
      if (result.isOk()) for (const { settle } of gatherers) settle();
      isKept = result.isOk();
      joined.isPending ||= isKept;
      return result;
    } finally {
      // If SQLite has rolled back the whole transaction by itself, the savepoint is gone.
      if (database.inTransaction) {
        if (!isKept) rollbackToSavepoint.run();
        release.run();
      }
      for (const { forget } of gatherers) forget(isKept);
    }
  }

  return {
    reading: (work) => transaction(begin, work),
    writing: (work) => waitingBriefly(() => transaction(beginImmediate, work)),
    nested,
    gather: (gatherer) => void gatherers.push(gatherer),
  };
}
