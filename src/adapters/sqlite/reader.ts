import type Driver from "better-sqlite3";
import { err, type Result } from "neverthrow";
import { statSync } from "node:fs";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** Opens another connection on the same data, for reading. */
export type OpenReader = () => Result<Driver.Database, StorageError>;

/**
 * Returns null for a database in memory, or not in WAL mode, which some file systems do not have: only WAL lets others
 * write while somebody reads.
 */
export function readerOf(
  database: Driver.Database,
  open: (path: string) => Result<Driver.Database, StorageError>,
): OpenReader | null {
  if (database.memory || database.pragma("journal_mode", { simple: true }) !== "wal") return null;
  const path = fileOf(database);
  if (path === null) return null;
  const opened = identityOf(path);
  return () => {
    if (identityOf(path) === opened) return open(path);
    return err(storageError("unreachable", `the file ${path} was moved or replaced while the database was open`));
  };
}

/**
 * Returns the path as SQLite resolved it: the process may change its folder, and only SQLite knows how it reads links
 * and spaces.
 */
function fileOf(database: Driver.Database): string | null {
  const [row] = database
    .prepare<[], { readonly file: string }>("select file from pragma_database_list where name = 'main'")
    .all();
  return row === undefined || row.file === "" ? null : row.file;
}

/** Tells a file from another that takes its place; null if there is none. */
function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
