import { err, ok, ResultAsync, type Result } from "neverthrow";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Connection } from "./connection.ts";
import { mapError } from "./map-error.ts";

/** Runs `work` and turns what the database throws into a `StorageError`. Rethrows bugs. */
export async function tried<T>(work: () => Promise<T>): Promise<Result<T, StorageError>> {
  try {
    return ok(await work());
  } catch (thrown) {
    const error = mapError(thrown);
    if (error === null) throw thrown;
    return err(error);
  }
}

export function answered<T, E>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError> {
  return new ResultAsync(tried(work)).andThen((result): Result<T, E | StorageError> => result);
}

/**
 * Rolls back after a failure. If the connection is gone, the server has done so, and the connection is not lent again.
 */
export async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.execute("rollback");
  } catch (thrown) {
    if (mapError(thrown) === null) throw thrown;
  }
}

export function closedError(): StorageError {
  return storageError("closed", "the storage is closed; open it again to use it");
}
