import Driver from "better-sqlite3";
import { drizzle, type BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { Opening } from "../../ports/storage.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { noLedger } from "../sql/migrations.ts";
import { joinedOn, type Joined } from "./joined.ts";
import { whileLocked } from "./lock-wait.ts";
import { mapError, tried } from "./map-error.ts";
import type { CheckedOptions } from "./options.ts";
import { withPlainIntegers } from "./plain-integers.ts";
import { createCheckpointer, type Checkpointer } from "./checkpointer.ts";
import { setUp } from "./set-up.ts";
import { inPlace, walFileOf, type OpenReader, type WalFile } from "./wal-file.ts";

export type Orm = BetterSQLite3Database;

/** For statements that are too hot for drizzle, see `hot-statement.ts`. */
export type Prepare = <Row>(source: string) => Driver.Statement<unknown[], Row>;

export interface Connection {
  readonly database: Driver.Database;
  readonly prepare: Prepare;
  readonly orm: Orm;
  readonly joined: Joined;
  /** Whether it was opened here, and so is closed here. */
  readonly owned: boolean;
  /** How long to wait for another connection's lock; null if that is the application's to say. */
  readonly busyTimeoutMs: number | null;
  /** Null if the file is the application's, in memory or not in WAL mode. */
  readonly file: WalFile | null;
  /** Opens another connection on the same data, for reading; null if that is impossible, or not ours to do. */
  readonly openReader: OpenReader | null;
  /** Null if the log is the application's to copy, or there is none. */
  readonly checkpointer: Checkpointer | null;
}

export function connect(
  options: CheckedOptions,
  { mustExist = false }: Opening = {},
): ResultAsync<Connection, StorageError> {
  switch (options.kind) {
    case "path":
      return openFile(options.path, options.busyTimeoutMs, mustExist);
    case "handle":
      return new ResultAsync(Promise.resolve(adopt(options.database, mustExist)));
  }
}

function openFile(path: string, busyTimeoutMs: number, mustExist: boolean): ResultAsync<Connection, StorageError> {
  const created = createDriver(path, { timeout: busyTimeoutMs, fileMustExist: mustExist });
  return new ResultAsync(Promise.resolve(created)).andThen((database) =>
    checkLedger(database, mustExist)
      .asyncAndThen(() => new ResultAsync(enterWal(database, busyTimeoutMs)))
      .andThen(() =>
        tried(() => {
          setUp(database);
          const file = walFileOf(database);
          const reading = { readonly: true, timeout: busyTimeoutMs };
          return {
            ...connectionOver(database, true),
            busyTimeoutMs,
            file,
            openReader: file && (() => inPlace(file).andThen(() => createDriver(file.path, reading))),
            checkpointer: file && createCheckpointer(file),
          };
        }),
      )
      .mapErr((error) => naming(path, error))
      .orTee(() => database.close()),
  );
}

/**
 * The driver throws errors of several kinds here, such as a `TypeError` for a missing folder. None of them is a bug.
 */
export function createDriver(path: string, options: Driver.Options): Result<Driver.Database, StorageError> {
  try {
    return ok(new Driver(path, options));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : "the driver does not say why";
    return err(naming(path, mapError(thrown) ?? storageError("unreachable", message, thrown)));
  }
}

export function naming(path: string, error: StorageError): StorageError {
  return { ...error, message: `the database ${path} cannot be opened: ${error.message}` };
}

/** Finds the table that tells which migrations were applied; without it there is no ledger. */
export const FIND_MIGRATIONS = "select 1 from sqlite_master where type = 'table' and name = 'hookledger_migrations'";

/** Checks before anything is changed: the database may be somebody else's. */
function checkLedger(database: Driver.Database, mustExist: boolean): Result<void, StorageError> {
  if (!mustExist) return ok();
  return tried(() => database.prepare(FIND_MIGRATIONS).get()).andThen((row) =>
    row === undefined ? err(noLedger("this database")) : ok(),
  );
}

/**
 * While another connection writes to a file that is not yet in WAL mode, SQLite refuses the change of mode at once,
 * without the busy timeout. So the waiting is done here. The mode belongs to the file: another may have changed it.
 */
function enterWal(database: Driver.Database, busyTimeoutMs: number): Promise<Result<void, StorageError>> {
  const turn = () =>
    tried(() => {
      if (database.pragma("journal_mode", { simple: true }) !== "wal") database.pragma("journal_mode = WAL");
    });
  return whileLocked(turn, busyTimeoutMs);
}

/**
 * The handle is the application's, and behaves as before, with two exceptions. A commit is on disk when it returns,
 * which in WAL mode takes `synchronous = FULL` (2). And what is deleted is overwritten. That must hold from the
 * beginning: as rows move about in the file, they leave copies behind that nobody finds later.
 */
function adopt(database: Driver.Database, mustExist: boolean): Result<Connection, StorageError> {
  if (!database.open) return err(storageError("closed", "the database handle is closed; give one that is open"));
  if (database.inTransaction) {
    return err(
      storageError("locked", "the database handle is inside a transaction; open hookledger before or after it"),
    );
  }
  return checkLedger(database, mustExist).andThen(() =>
    tried(() => {
      if (Number(database.pragma("synchronous", { simple: true })) < 2) database.pragma("synchronous = FULL");
      database.pragma("secure_delete = ON");
      return connectionOver(database, false);
    }),
  );
}

function connectionOver(handle: Driver.Database, owned: boolean): Connection {
  const database = owned ? handle : withPlainIntegers(handle);
  return {
    database,
    orm: drizzle({ client: database }),
    prepare: (source) => database.prepare(source),
    joined: joinedOn(handle),
    owned,
    busyTimeoutMs: null,
    file: null,
    openReader: null,
    checkpointer: null,
  };
}
