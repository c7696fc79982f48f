import { err, ResultAsync } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import type { AppendedStream, AppendError, Commit } from "../../ports/ledger-writer.ts";
import type { Member } from "./batch.ts";
import type { Transact } from "./transact.ts";

/** Gathers appends, and does them in one transaction at a time: an fsync serves many. */
export interface GroupCommit {
  append(commit: Commit): ResultAsync<readonly AppendedStream[], AppendError>;
  /** Resolves when those are done that were asked for by now. */
  beforeUs(): Promise<void>;
  /** Resolves when all that was asked for is done. */
  drained(): Promise<void>;
}

/** So many share a transaction at the most, so that none waits for long. */
const MOST_MEMBERS = 512;

/**
 * Whatever a shared transaction fails of, each of its members is then tried by itself, so that only the one that is to
 * blame fails.
 */
export function createGroupCommit({ together, alone }: Transact): GroupCommit {
  let waiting: Member[] = [];
  let draining: Promise<void> | null = null;
  /** Whoever waits for the batch that is under way, and for the one that has not begun. */
  let [waitingForThis, waitingForNext]: [(() => void)[], (() => void)[]] = [[], []];
  let isUnderWay = false;

  async function drain(): Promise<void> {
    // Whoever was answered in this turn of the event loop asks for more in it.
    for (await setImmediate(); waiting.length > 0; await setImmediate()) {
      const members = waiting.slice(0, MOST_MEMBERS);
      waiting = waiting.slice(MOST_MEMBERS);
      [waitingForThis, waitingForNext] = [waitingForNext, []];
      isUnderWay = true;
      try {
        await perform(members);
      } catch (bug) {
        for (const { reject } of members) reject(toError(bug));
      }
      isUnderWay = false;
      for (const resolve of waitingForThis) resolve();
    }
    draining = null;
  }

  async function perform(members: readonly Member[]): Promise<void> {
    const outcome = await together(members);
    if (outcome === "done") return;
    for (const { commit, settle, reject } of members) {
      if (outcome !== "each alone") settle(err(outcome));
      else await alone(commit).then(settle, (bug: unknown) => reject(toError(bug)));
    }
  }

  return {
    append: (commit) =>
      new ResultAsync(
        new Promise((settle, reject) => {
          waiting.push({ commit, settle, reject });
          draining ??= drain();
        }),
      ),
    beforeUs() {
      if (!isUnderWay && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => {
        (waiting.length > 0 ? waitingForNext : waitingForThis).push(resolve);
      });
    },
    drained: async () => {
      while (draining !== null) await draining;
    },
  };
}

export function toError(bug: unknown): Error {
  return bug instanceof Error ? bug : new Error("a bug threw something else than an error", { cause: bug });
}
