import { err, ok } from "neverthrow";
import type { Commit } from "../../ports/commit.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Member, Step } from "./batch.ts";
import type { Connections } from "./connections.ts";
import type { Decided, Plan } from "./decide.ts";
import { inDoubt, type Enquiry } from "./enquiry.ts";
import { carriesKey } from "./loaded.ts";
import { mapError } from "./map-error.ts";
import { tried } from "./tried.ts";
import { isDuplicate, wasHeldUp, wasRaced } from "./violation.ts";
import { BEGIN, type Perform, type Shared } from "./perform.ts";

export interface Transact {
  /**
   * Appends the commits of the members in one transaction and settles the members. If the outcome is not `done`,
   * nothing was done, unless it is in doubt: then the transaction may still be under way, or nobody knows.
   */
  together(members: readonly Member[], shared: Shared): Promise<Outcome>;
  /**
   * Appends one commit in a transaction of its own, again and again if others were first.
   *
   * @param isInDoubt - whether an earlier transaction, of which nothing has been heard since, may have done the commit,
   * or may still do it
   */
  alone(commit: Commit, isInDoubt: boolean): Promise<Decided | StillHeldUp>;
  /** Runs a step in a transaction without commits. */
  byItself(step: Step, committing: Shared["committing"]): Promise<"done" | StorageError>;
}

/** `held up`: the members that carry idempotency keys are to be done alone, and keep the others no longer. */
export type Outcome = "done" | "held up" | "each alone" | "each alone, in doubt" | StorageError;

/** An open transaction of somebody's may hold the commit's idempotency key. */
export interface StillHeldUp {
  readonly heldUp: true;
  readonly isInDoubt: boolean;
}

const TRIES_OF_A_COMMIT = 20;

export function createTransact(
  { lendShared }: Pick<Connections, "lendShared">,
  perform: Perform,
  enquiry: Enquiry,
): Transact {
  /** Looks whether a refused commit was done before, if it may have been: what stands in its way may be itself. */
  async function withoutDoubt(commit: Commit, decided: Decided, doubted: boolean): Promise<Decided> {
    if (!doubted || decided.isOk()) return decided;
    const appended = await enquiry.appendedBy(commit);
    if (appended.isErr()) return err(appended.error);
    return appended.value === null ? decided : ok(appended.value);
  }

  return {
    async together(members, shared) {
      try {
        const done = await perform(
          members.map(({ commit }) => commit),
          shared,
        );
        if (done.isErr()) return ofEach(done.error);
        for (const [index, { settle }] of members.entries()) {
          const decided = done.value.decided[index];
          if (decided !== undefined) settle(decided);
        }
        return "done";
      } catch (thrown) {
        if (wasHeldUp(thrown) && members.some(({ commit }) => carriesKey(commit))) return "held up";
        const error = mapError(thrown);
        // What stops the whole transaction would stop each member alone as well, and make each of them wait.
        return error === null || wasRaced(thrown) || error.reason === "unexpected" ? "each alone" : error;
      }
    },
    async alone(commit, isInDoubt) {
      let doubted = isInDoubt;
      for (let triesLeft = TRIES_OF_A_COMMIT - 1; ; triesLeft -= 1) {
        try {
          const done = await perform([commit], null);
          if (done.isErr() && done.error === "unseen" && triesLeft > 0) doubted = true;
          else if (done.isErr()) return err(asError(done.error, doubted));
          else return await withoutDoubt(commit, onlyOne(done.value), doubted);
        } catch (thrown) {
          const error = mapError(thrown);
          if (error === null) throw thrown;
          if (wasHeldUp(thrown) && carriesKey(commit)) return { heldUp: true, isInDoubt: doubted };
          // If the commit was done meanwhile, it may meet any of its own rows first.
          if (doubted && isDuplicate(thrown)) {
            const itself = await enquiry.appendedBy(commit);
            if (itself.isErr()) return err(itself.error);
            if (itself.value !== null) return ok(itself.value);
          }
          if (triesLeft === 0 || !wasRaced(thrown)) return err(asError(error, doubted));
        }
      }
    },
    async byItself(step, committing) {
      const done = await tried(() =>
        lendShared((connection) => {
          const answered = Promise.all([connection.execute(BEGIN), step.run(connection)]).then(committing);
          return Promise.all([answered, connection.execute("commit")]);
        }),
      );
      return done.match(
        () => "done",
        (error) => error,
      );
    },
  };
}

/**
 * Tells what an error means for the members. If it is in doubt, nobody is to do their commits again. If it is
 * retryable, whoever asked can try again. Both are the answer to all.
 */
function ofEach(error: StorageError | "unseen"): Outcome {
  if (error === "unseen") return "each alone, in doubt";
  return error.retryable || error.reason === "in-doubt" ? error : "each alone";
}

/** Returns the error of the last try, as `in-doubt` if an earlier try may have done the commit. */
function asError(error: StorageError | "unseen", doubted: boolean): StorageError {
  if (error === "unseen") return inDoubt(null);
  return doubted ? inDoubt(error) : error;
}

function onlyOne({ decided: [first] }: Plan): Decided {
  return first ?? err(storageError("unexpected", "a bug: nothing was decided about the commit"));
}
