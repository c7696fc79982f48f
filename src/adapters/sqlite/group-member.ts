import { err, type Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import { toError } from "../sql/to-error.ts";
import { lockedOf } from "./lock-wait.ts";

/** `alone`: in a transaction that nobody shares. */
export type SharedWork<T, E> = (alone: boolean) => Result<T, E>;

/** Runs work in a transaction: begins it, and commits it unless the work returns `Err` or throws. */
export type Transact = <T, E>(work: () => Result<T, E>) => Result<T, E | StorageError>;

/** What is to be written in a transaction that it shares with others. */
export interface Member {
  /** Runs within the shared transaction. */
  run(): void;
  /** Called when the shared transaction is on disk. */
  done(): void;
  /** Runs in a transaction of its own. Returns the error, and answers nobody, if another connection is writing. */
  runAlone(): StorageError | null;
  fail(error: StorageError): void;
  /** Until when to wait for the connection that is writing; null if none has stood in the way yet. */
  waitsUntil: number | null;
}

/** What keeps members from being done: another connection is writing. */
export interface Locked {
  readonly unanswered: readonly Member[];
  readonly error: StorageError;
}

export function createMember<T, E>(
  transact: Transact,
  work: SharedWork<T, E>,
  resolve: (result: Result<T, E | StorageError>) => void,
  reject: (bug: Error) => void,
): Member {
  let result: Result<T, E | StorageError> | null = null;
  return {
    run() {
      result = work(false);
    },
    done() {
      if (result !== null) resolve(result);
    },
    runAlone() {
      try {
        const alone = transact(() => work(true));
        const locked = lockedOf(alone);
        if (locked !== null) return locked;
        resolve(alone);
      } catch (bug) {
        reject(toError(bug));
      }
      return null;
    },
    fail: (error) => resolve(err(error)),
    waitsUntil: null,
  };
}
