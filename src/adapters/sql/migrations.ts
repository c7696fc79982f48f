import { err, ok, Result } from "neverthrow";
import { fileURLToPath } from "node:url";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** A migration, as drizzle reads it. */
export interface Migration {
  readonly folderMillis: number;
  readonly hash: string;
  readonly sql: readonly string[];
}

/** Returns the migrations that came with this version, the oldest first. */
export function readMigrations(
  folder: URL,
  read: (config: { readonly migrationsFolder: string }) => readonly Migration[],
): Result<readonly Migration[], StorageError> {
  const migrationsFolder = fileURLToPath(folder);
  return Result.fromThrowable(
    () => read({ migrationsFolder }),
    (thrown) => {
      const what = `hookledger's migrations are not in ${migrationsFolder}`;
      const hint = "if you bundle your application, keep the package hookledger out of the bundle";
      return storageError("unexpected", `${what}; ${hint}`, thrown);
    },
  )();
}

/** @param where - the database that should have a ledger, for people to read */
export function noLedger(where: string): StorageError {
  return storageError("unreachable", `there is no ledger of hookledger in ${where}`);
}

/**
 * Returns those of `known` that were not applied; an error if others were.
 *
 * @param where - the database that was migrated, for people to read
 */
export function notApplied(
  known: readonly Migration[],
  applied: readonly number[],
  where: string,
): Result<readonly Migration[], StorageError> {
  const ids = new Set(known.map(({ folderMillis }) => folderMillis));
  const had = new Set(applied);
  if (applied.every((id) => ids.has(id))) return ok(known.filter(({ folderMillis }) => !had.has(folderMillis)));
  const message = `a newer version of hookledger has migrated ${where}; update the hookledger package to use it`;
  return err(storageError("newer-schema", message));
}
