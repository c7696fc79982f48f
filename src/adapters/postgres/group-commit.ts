import { err, ResultAsync, type Result } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import type { Commit } from "../../ports/commit.ts";
import type { AppendedStream, AppendError } from "../../ports/ledger-writer.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { toError } from "../sql/to-error.ts";
import { createStep, type Member, type Step } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { createHeldUp } from "./held-up.ts";
import { carriesKey } from "./loaded.ts";
import type { Shared } from "./perform.ts";
import type { Transact } from "./transact.ts";

/**
 * Gathers appends and does them in one transaction after another, so that one fsync serves many. Each transaction is
 * sent while the one before it commits.
 */
export interface GroupCommit {
  append(commit: Commit): ResultAsync<readonly AppendedStream[], AppendError>;
  /**
   * Runs `work` in one of these transactions, after the appends asked for by then that are not held up. `work` asks the
   * connection for all that it needs in one go, and may be called again if the transaction came to nothing.
   */
  following<T>(work: (connection: Connection) => Promise<T>): Promise<Result<T, StorageError>>;
  /** Resolves when everything that was asked for is done. */
  drained(): Promise<void>;
}

/** The most commits that share a transaction, so that none waits long. */
const MOST_MEMBERS = 512;

/**
 * If a shared transaction fails, each of its members is tried alone, so that only the one to blame fails. An error that
 * would stop each of them, such as a lost connection, is the answer to all. Members whose idempotency key somebody
 * holds keep nobody else waiting.
 */
export function createGroupCommit({ together, alone, byItself }: Transact): GroupCommit {
  const heldUp = createHeldUp(alone);
  let waiting: Member[] = [];
  const steps: { readonly step: Step; readonly after: number }[] = [];
  /** How many members have ever been asked for, and how many of them a transaction has taken. */
  let [asked, taken] = [0, 0];
  let draining: Promise<void> | null = null;
  /** Resolves when every transaction that has begun is over. */
  let begun = Promise.resolve();

  async function drain(): Promise<void> {
    // Waits out the turn of the event loop, in which whoever was answered asks for more.
    for (await setImmediate(); waiting.length + steps.length > 0; await setImmediate()) {
      const members = waiting.slice(0, MOST_MEMBERS);
      waiting = waiting.slice(MOST_MEMBERS);
      taken += members.length;
      const before = begun;
      await new Promise<void>((committing) => {
        begun = begin(members, nextStep(), committing).then(() => {
          // Called here too, since the transaction may have come to nothing before its commit.
          committing();
          return before;
        });
      });
      // At most two transactions are under way.
      await before;
    }
    draining = null;
  }

  async function begin(members: readonly Member[], step: Step | null, committing: () => void): Promise<void> {
    try {
      await perform(members, { step, committing });
    } catch (bug) {
      for (const { reject } of step === null ? members : [...members, step]) reject(toError(bug));
    }
  }

  /**
   * Returns the first step once the appends asked for before it are taken. It does not wait until none is left: if many
   * publish without end, that is never.
   */
  function nextStep(): Step | null {
    const [first] = steps;
    if (first === undefined || first.after > taken) return null;
    steps.shift();
    return first.step;
  }

  async function perform(members: readonly Member[], shared: Shared): Promise<void> {
    const { step, committing } = shared;
    const outcome = members.length === 0 ? "each alone" : await together(members, shared);
    if (outcome === "done") return step?.settle("done");
    if (outcome === "held up") {
      for (const member of members) if (carriesKey(member.commit)) heldUp.add(member, false);
      const others = members.filter(({ commit }) => !carriesKey(commit));
      return perform(others, shared);
    }
    const blame = step?.blame();
    if (step && blame && members.length > 0) {
      // A step that fails does not keep the members from being done.
      step.settle(blame);
      return perform(members, { step: null, committing });
    }
    if (typeof outcome !== "string") {
      for (const { settle } of members) settle(err(outcome));
      return step?.settle(outcome);
    }
    for (const member of members) await performAlone(member, outcome === "each alone, in doubt");
    step?.settle(await byItself(step, committing));
  }

  async function performAlone(member: Member, isInDoubt: boolean): Promise<void> {
    try {
      const outcome = await alone(member.commit, isInDoubt);
      if ("heldUp" in outcome) heldUp.add(member, outcome.isInDoubt);
      else member.settle(outcome);
    } catch (bug) {
      member.reject(toError(bug));
    }
  }

  function ask(): void {
    draining ??= drain();
  }

  return {
    append: (commit) =>
      new ResultAsync(
        new Promise((settle, reject) => {
          const member = { commit, settle, reject };
          if (heldUp.isBefore(commit)) return heldUp.add(member, false);
          waiting.push(member);
          asked += 1;
          ask();
        }),
      ),
    following: (work) =>
      new Promise((resolve, reject) => {
        steps.push({ step: createStep(work, resolve, reject), after: asked });
        ask();
      }),
    drained: async () => {
      // The last answers may bring new requests, such as the rest of a claim, which begin another drain.
      for (let over: unknown = null; draining !== null || over !== begun;) {
        await draining;
        await (over = begun);
      }
      await heldUp.drained();
    },
  };
}
