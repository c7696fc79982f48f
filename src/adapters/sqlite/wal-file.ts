import type Driver from "better-sqlite3";
import { err, ok, type Result } from "neverthrow";
import { statSync } from "node:fs";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** The file of a database in WAL mode, which other connections of this process may open too. */
export interface WalFile {
  /**
   * The path as SQLite resolved it: the process may change its folder, and only SQLite knows how it reads links and
   * spaces.
   */
  readonly path: string;
  /** Tells whether the path still leads to the same file. */
  isInPlace(): boolean;
}

/**
 * Returns null for a database in memory, or not in WAL mode, which some file systems do not have: only WAL lets others
 * write while somebody reads.
 */
export function walFileOf(database: Driver.Database): WalFile | null {
  if (database.memory || database.pragma("journal_mode", { simple: true }) !== "wal") return null;
  const path = fileOf(database);
  if (path === "") return null;
  const opened = identityOf(path);
  return { path, isInPlace: () => identityOf(path) === opened };
}

/** The path of the database, as SQLite resolved it; empty if it has none. */
export function fileOf(database: Driver.Database): string {
  const files = database.prepare<[], { readonly file: string }>(
    "select file from pragma_database_list where name = 'main'",
  );
  return files.get()?.file ?? "";
}

/** Tells a file from another that takes its place; null if there is none, or none that this process may look at. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

/** Refuses a file to which its path does not lead any more. */
export function inPlace({ path, isInPlace }: WalFile): Result<void, StorageError> {
  if (isInPlace()) return ok();
  const what = `the file ${path} was moved, replaced or deleted while the database was open`;
  return err(storageError("unreachable", `${what}; close the storage and open it again`));
}

/** Opens another connection on the same data, for reading. */
export type OpenReader = () => Result<Driver.Database, StorageError>;
