import { ok, ResultAsync, type Result } from "neverthrow";
// Not the global ones: a test that has faked the timers would wait for its publish for ever.
import { setImmediate, setTimeout } from "node:timers";
import type { StorageError, StorageErrorReason } from "../../ports/storage-error.ts";
import { createMember, type Locked, type Member, type SharedWork, type Transact } from "./group-member.ts";
import { LOCK_PAUSE_MS } from "./lock-wait.ts";

export interface GroupCommit {
  /** Does the work in the next transaction, and resolves when that is on disk. */
  add<T, E>(work: SharedWork<T, E>): ResultAsync<T, E | StorageError>;
  /** Does what is waiting at once, or as soon as another connection lets it. Resolves when all is answered. */
  flush(): Promise<void>;
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
 * to blame fails. If the database is closed, read-only or out of place, all of them fail at once. If another connection
 * is writing, each waits for it up to `patienceMs`, counted anew whenever some have been done, and keeps its place in
 * the order.
 */
export function createGroupCommit(transact: Transact, patienceMs: number): GroupCommit {
  let waiting: Member[] = [];
  let scheduled = false;
  /** Called when nothing is waiting any more, for each flush that could not write all at once. */
  const emptied: (() => void)[] = [];

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
    const isLocked = commitNext();
    // The event loop has its turn first: what was asked for at once may take a hundred transactions.
    if (waiting.length === 0) for (const tell of emptied.splice(0)) tell();
    else if (isLocked) scheduleLater();
    else schedule();
  }

  function scheduleLater(): void {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => gatherMore(0, 0), LOCK_PAUSE_MS);
  }

  /** Returns whether another connection is writing. */
  function commitNext(): boolean {
    const members = waiting.slice(0, MOST_MEMBERS);
    waiting = waiting.slice(MOST_MEMBERS);
    const locked = commit(members);
    if (locked !== null) waiting = [...locked.unanswered, ...waiting];
    // Some have been done, so the others have waited for those as well, and the next lock is a new one.
    if (locked?.unanswered.length !== members.length) for (const member of waiting) member.waitsUntil = null;
    if (locked !== null) giveUp(locked.error);
    return locked !== null;
  }

  /** Answers those who have waited long enough. */
  function giveUp(error: StorageError): void {
    const now = performance.now();
    const all = waiting;
    waiting = [];
    for (const member of all) {
      member.waitsUntil ??= now + patienceMs;
      if (member.waitsUntil <= now) member.fail(error);
      else waiting.push(member);
    }
  }

  /** Answers the members: all, or those that could be done before another connection wrote. */
  function commit(members: readonly Member[]): Locked | null {
    const outcome = members.length > 1 ? together(members) : "each alone";
    if (outcome === "each alone") return eachAlone(members);
    if (outcome === "on disk") for (const member of members) member.done();
    else if (outcome.reason === "locked") return { unanswered: members, error: outcome };
    else for (const member of members) member.fail(outcome);
    return null;
  }

  function eachAlone(members: readonly Member[]): Locked | null {
    for (const [index, member] of members.entries()) {
      const error = member.runAlone();
      if (error !== null) return { unanswered: members.slice(index), error };
    }
    return null;
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
    add: <T, E>(work: SharedWork<T, E>) =>
      new ResultAsync(
        new Promise<Result<T, E | StorageError>>((resolve, reject) => {
          waiting.push(createMember(transact, work, resolve, reject));
          schedule();
        }),
      ),
    flush() {
      let isLocked = false;
      while (waiting.length > 0 && !isLocked) isLocked = commitNext();
      if (waiting.length === 0) return Promise.resolve();
      scheduleLater();
      return new Promise((resolve) => void emptied.push(resolve));
    },
  };
}
