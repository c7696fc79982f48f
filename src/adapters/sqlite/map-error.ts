import { err, ok, type Result } from "neverthrow";
import { storageError, type StorageError, type StorageErrorReason } from "../../ports/storage-error.ts";

/** SQLite says the same of a disk over its quota, of one behind a network, and of one that is broken. */
const FAILED_IO = "SQLITE_IOERR";

/** SQLite's result codes, by the beginning of their names: extended codes follow an underscore. The first counts. */
const reasons: readonly (readonly [prefix: string, reason: StorageErrorReason, what: string])[] = [
  [
    "SQLITE_BUSY_SNAPSHOT",
    "locked",
    "another connection has written since this transaction began to read; begin it anew, by BEGIN IMMEDIATE",
  ],
  ["SQLITE_BUSY", "locked", "another connection has locked the database"],
  ["SQLITE_LOCKED", "locked", "another statement of this process has locked the table"],
  ["SQLITE_PROTOCOL", "locked", "other connections have locked the write-ahead log"],
  ["SQLITE_FULL", "full", "there is no space left for the database; make some and try again"],
  // For a file beside the database, the index of its log, SQLite has no other code for that.
  [
    "SQLITE_IOERR_SHMSIZE",
    "full",
    "there is no space left beside the database, for the index of its write-ahead log; make some and try again",
  ],
  [FAILED_IO, "unexpected", "the disk has failed, or a quota or a limit on the size of a file is reached"],
  ["SQLITE_READONLY", "read-only", "the database is read-only"],
  ["SQLITE_NOTADB", "not-a-database", "the file is not an SQLite database"],
  ["SQLITE_CORRUPT", "not-a-database", "the database file is damaged"],
  ["SQLITE_CANTOPEN", "unreachable", "the database file cannot be opened"],
  ["SQLITE_PERM", "unreachable", "access to the database file is refused"],
  ["SQLITE_AUTH", "unreachable", "access to the database is refused"],
];

/** better-sqlite3's own words for two states that SQLite has no code for. They come as `TypeError`s. */
const misuse: readonly (readonly [part: string, reason: StorageErrorReason, what: string])[] = [
  ["connection is not open", "closed", "the database connection was closed by the application"],
  [
    "busy executing a query",
    "locked",
    "the application is iterating over a query on this connection; call again afterwards",
  ],
];

/**
 * Finds the `StorageError` behind what the driver or drizzle threw; null if it is a bug, and not the database's error.
 * The cause is the driver's error, because drizzle's, around it, repeats the values of the query.
 */
export function mapError(thrown: unknown): StorageError | null {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const { message } = error;
    const code = codeOf(error);
    if (code?.startsWith("SQLITE_") === true) {
      const [, reason, what] = reasons.find(([prefix]) => code.startsWith(prefix)) ?? [
        "",
        "unexpected",
        "SQLite reported an error",
      ];
      const mapped = storageError(reason, `${what} (${code}: ${message})`, error);
      // The first two of these pass. To try again on a broken disk does no harm, but to give up at once drops outcomes.
      return code.startsWith(FAILED_IO) ? { ...mapped, retryable: true } : mapped;
    }
    const known = error instanceof TypeError ? misuse.find(([part]) => message.includes(part)) : undefined;
    if (known !== undefined) return storageError(known[1], `${known[2]} (${message})`, error);
  }
  return null;
}

/** Runs `work` and turns what the database throws into an error. Bugs are thrown on. */
export function tried<T>(work: () => T): Result<T, StorageError> {
  try {
    return ok(work());
  } catch (thrown) {
    const error = mapError(thrown);
    if (error === null) throw thrown;
    return err(error);
  }
}

function codeOf(error: Error): string | null {
  return "code" in error && typeof error.code === "string" ? error.code : null;
}
