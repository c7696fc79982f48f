import { err, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** The state of one opened storage: whether it is still open. The data is shared. */
export interface Door {
  /** Runs `work` synchronously, without interruption, if the storage is open. */
  enter<T>(work: () => T): ResultAsync<T, StorageError>;
  /** Gives the event loop a turn first: whoever goes through many pages does not keep everybody else waiting. */
  enterInTurn<T>(work: () => T): ResultAsync<T, StorageError>;
  close(): ResultAsync<void, never>;
}

export function createDoor(): Door {
  let open = true;

  /** In a promise's executor a bug in `work` rejects, as it does when a database is awaited. */
  function entered<T>(work: () => T): Promise<Result<T, StorageError>> {
    return new Promise((resolve) => {
      resolve(open ? ok(work()) : err(storageError("closed", "the storage is closed; open it again to use it")));
    });
  }

  return {
    enter: (work) => new ResultAsync(entered(work)),
    enterInTurn: (work) => new ResultAsync(setImmediate().then(() => entered(work))),
    close() {
      open = false;
      return okAsync(undefined);
    },
  };
}
