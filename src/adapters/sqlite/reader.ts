import type Driver from "better-sqlite3";
import { err, type Result } from "neverthrow";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { WalFile } from "./wal-file.ts";

/** Opens another connection on the same data, for reading. */
export type OpenReader = () => Result<Driver.Database, StorageError>;

export function readerOf(
  { path, isInPlace }: WalFile,
  open: (path: string) => Result<Driver.Database, StorageError>,
): OpenReader {
  return () => {
    if (isInPlace()) return open(path);
    return err(storageError("unreachable", `the file ${path} was moved or replaced while the database was open`));
  };
}
