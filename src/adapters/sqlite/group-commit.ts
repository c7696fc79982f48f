import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { StorageError, StorageErrorReason } from "../../ports/storage-error.ts";
import { toError } from "../sql/to-error.ts";

/** `alone`: in a transaction that nobody shares. */
export type SharedWork<T, E> = (alone: boolean) => Result<T, E>;

/** Runs work in a transaction: begins it, and commits it unless the work returns `Err` or throws. */
export type Transact = <T, E>(work: () => Result<T, E>) => Result<T, E | StorageError>;

export interface GroupCommit {
  /** Does the work in the next transaction, and resolves when that is on disk. */
  add<T, E>(work: SharedWork<T, E>): ResultAsync<T, E | StorageError>;
  /** Does at once what is waiting. */
  flush(): void;
}

interface Member {
  /** Runs within the shared transaction. */
  run(): void;
  /** Called when the shared transaction is on disk. */
  done(): void;
  /** Runs in a transaction of its own. */
  runAlone(): void;
  fail(error: StorageError): void;
}

/** The most members of a transaction, so that it does not hold up the event loop for long. */
const MOST_MEMBERS = 512;

/** With fewer members than this, load is low, and the transaction does not wait for more. */
const MANY_MEMBERS = 8;
/** With more, it waits this many turns of the event loop at most, as long as each brings some. */
const MOST_TURNS = 3;

const unavailable: readonly StorageErrorReason[] = ["locked", "closed", "read-only", "unreachable"];

/**
 * Gathers what is to be written within a few turns of the event loop, and writes it in one transaction: an fsync costs
 * as much as dozens of appends. If the shared transaction fails, each member is tried by itself, so that only the one
 * to blame fails. If the database is locked, closed, read-only or out of place, all of them fail at once.
 */
export function createGroupCommit(transact: Transact): GroupCommit {
  let waiting: Member[] = [];
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => gatherMore(0, MOST_TURNS));
  }

  /**
   * Called after the callbacks of I/O, which is when outcomes come in. Under load, the next turn brings as many again,
   * and a transaction of twice the size costs little more.
   */
  function gatherMore(before: number, turnsLeft: number): void {
    const present = waiting.length;
    const isBusy = present >= MANY_MEMBERS && present > before;
    if (isBusy && present < MOST_MEMBERS && turnsLeft > 0) {
      setImmediate(() => gatherMore(present, turnsLeft - 1));
      return;
    }
    scheduled = false;
    commitNext();
    // The event loop has its turn first: what was asked for at once may take a hundred transactions.
    if (waiting.length > 0) schedule();
  }

  function flush(): void {
    while (waiting.length > 0) commitNext();
  }

  function commitNext(): void {
    const members = waiting.slice(0, MOST_MEMBERS);
    waiting = waiting.slice(MOST_MEMBERS);
    commit(members);
  }

  function commit(members: readonly Member[]): void {
    const outcome = members.length > 1 ? together(members) : "each alone";
    for (const member of members) {
      if (outcome === "on disk") member.done();
      else if (outcome === "each alone") member.runAlone();
      else member.fail(outcome);
    }
  }

  function together(members: readonly Member[]): "on disk" | "each alone" | StorageError {
    try {
      const result = transact((): Result<void, never> => {
        for (const member of members) member.run();
        return ok();
      });
      if (result.isOk()) return "on disk";
      // What kept this transaction from beginning would stop each member too, and make each of them wait.
      return unavailable.includes(result.error.reason) ? result.error : "each alone";
    } catch {
      // A bug in one member. When each runs alone, only that member's promise rejects.
      return "each alone";
    }
  }

  return {
    add<T, E>(work: SharedWork<T, E>) {
      return new ResultAsync(
        new Promise<Result<T, E | StorageError>>((resolve, reject) => {
          let result: Result<T, E | StorageError> | null = null;
          waiting.push({
            run() {
              result = work(false);
            },
            done() {
              if (result !== null) resolve(result);
            },
            runAlone() {
              try {
                resolve(transact(() => work(true)));
              } catch (bug) {
                reject(toError(bug));
              }
            },
            fail: (error) => resolve(err(error)),
          });
          schedule();
        }),
      );
    },
    flush,
  };
}
