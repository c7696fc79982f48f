import { err, errAsync, ok, ResultAsync, type Result } from "neverthrow";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { tried } from "./map-error.ts";
import type { Connection, Orm } from "./connection.ts";
import { tryToEmptyLog, untilEmpty, type Emptying } from "./empty-log.ts";
import { createSnapshots, toEnd, type Snapshots, type Steps } from "./snapshot.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { SharedWork } from "./group-member.ts";
import { whileLocked } from "./lock-wait.ts";
import { inPlace } from "./wal-file.ts";
import { createTransactions, type Transactions } from "./transactions.ts";
import { insideTransaction, notKept, noTransaction, takenBack } from "./transaction-errors.ts";

/** How the ports reach the database. Every call goes through one of these, so the driver's errors never escape. */
export interface Session {
  readonly orm: Orm;
  readonly prepare: Connection["prepare"];
  /** Reads, each statement by itself. */
  read<T, E>(work: () => Result<T, E>): ResultAsync<T, E | StorageError>;
  /**
   * Does the same, but refuses as `locked` while the application's transaction may still take back what would be read.
   */
  readKept: Session["read"];
  /**
   * Reads on one snapshot of the database, while everything else goes on. On the application's handle, and in memory,
   * nobody else has a turn meanwhile.
   */
  snapshot: Snapshots["snapshot"];
  /**
   * Writes at once, in a transaction of its own, all or nothing: if `work` returns `Err`, what it did is rolled back.
   */
  write<T, E>(work: () => Result<T, E>): ResultAsync<T, E | StorageError>;
  /**
   * Writes soon, in a transaction that it shares with others, so that one `fsync` serves many. If `work` returns `Err`,
   * it must have written nothing. If it throws, it is done again, in a transaction of its own.
   */
  share<T, E>(work: SharedWork<T, E>): ResultAsync<T, E | StorageError>;
  /** Reads at once in the transaction that the application has open. */
  now<T, E>(work: () => Result<T, E>): Result<T, E | StorageError>;
  /**
   * Writes at once in the transaction that the application has open: everything, or nothing if `work` returns `Err`.
   */
  join<T, E>(work: () => Result<T, E>): Result<T, E | StorageError>;
  /**
   * Copies the write-ahead log into the database and empties its file, or removes a journal that was kept, so that
   * neither holds what was replaced.
   */
  emptyLog(): ResultAsync<void, StorageError>;
  gather: Transactions["gather"];
  close(): ResultAsync<void, StorageError>;
}

export function createSession(connection: Connection): Session {
  const { database, prepare, orm, joined, owned, file, openReader, checkpointer } = connection;
  const transactions = createTransactions(connection);
  const patienceMs = connection.busyTimeoutMs ?? 0;
  let closed = false;

  function guarded<T, E>(work: () => Result<T, E>): Result<T, E | StorageError> {
    return closed ? err(isClosed()) : still(work);
  }

  /** Also once the storage is closed, for what was asked for before. */
  function still<T, E>(work: () => Result<T, E>): Result<T, E | StorageError> {
    if (!database.open) return err(storageError("closed", "the application has closed the database handle"));
    joined.isPending &&= database.inTransaction;
    return tried(work).andThen((result): Result<T, E | StorageError> => result);
  }

  /** Runs `work` at once, in one piece. What it throws, a bug, becomes a rejection. */
  function settled<T, E>(work: () => Result<T, E>): ResultAsync<T, E | StorageError> {
    return new ResultAsync(new Promise((resolve) => resolve(guarded(work))));
  }

  /** Writes nothing into a file that was deleted or replaced: what is acknowledged would be gone with it. */
  function writeAlone<T, E>(work: () => Result<T, E>): Result<T, E | StorageError> {
    return still<T, E | StorageError>(() => {
      if (database.inTransaction) return err(insideTransaction());
      const place: Result<void, StorageError> = file === null ? ok() : inPlace(file);
      return place.andThen((): Result<T, E> => transactions.writing(work));
    });
  }

  function inTransaction<T, E>(work: () => Result<T, E>): Result<T, E | StorageError> {
    return guarded<T, E | StorageError>(() => (database.inTransaction ? work() : err(noTransaction())));
  }

  function snapshotAtOnce<T, E>(work: (orm: Orm) => Steps<Result<T, E>>): ResultAsync<T, E | StorageError> {
    const inOneGo = () => toEnd(work(orm));
    // The application's transaction is a snapshot as well, and not ours to end.
    return settled(() => (database.inTransaction ? inOneGo() : transactions.reading(inOneGo)));
  }

  function tryToEmpty(): Result<Emptying, StorageError> {
    return database.inTransaction ? err(insideTransaction()) : ok(tryToEmptyLog(database));
  }

  transactions.gather({ settle: () => undefined, forget: (isKept) => isKept && checkpointer?.committed() });
  const snapshots = openReader && createSnapshots(openReader, guarded);
  const group = createGroupCommit(writeAlone, patienceMs);

  return {
    orm,
    prepare,
    read: settled,
    readKept: <T, E>(work: () => Result<T, E>) =>
      settled<T, E | StorageError>(() => (joined.isPending ? err(notKept()) : work())),
    snapshot: snapshots?.snapshot ?? snapshotAtOnce,
    write: (work) => new ResultAsync(whileLocked(() => (closed ? err(isClosed()) : writeAlone(work)), patienceMs)),
    share: (work) => (closed ? errAsync(isClosed()) : group.add(work)),
    now: inTransaction,
    join: <T, E>(work: () => Result<T, E>) =>
      inTransaction<T, E | StorageError>(() =>
        tried(() => transactions.nested(work))
          .mapErr((error) => (database.inTransaction ? error : takenBack(error)))
          .andThen((result): Result<T, E | StorageError> => result),
      ),
    emptyLog: () => new ResultAsync(untilEmpty(() => guarded(tryToEmpty))),
    gather: transactions.gather,
    close() {
      closed = true;
      snapshots?.close();
      const work = () => {
        if (owned && database.open) database.close();
      };
      const unshared = group.flush().then(() => checkpointer?.close());
      return new ResultAsync(unshared.then(() => tried(work)));
    },
  };
}

function isClosed(): StorageError {
  return storageError("closed", "the storage is closed; open it again to use it");
}
