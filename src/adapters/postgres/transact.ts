import { err, ok, type Result } from "neverthrow";
import type { AppendError, Commit } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Append, Plan } from "./append.ts";
import type { Member, Step } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { rollBack, tried, type Connections } from "./connections.ts";
import type { Decided } from "./decide.ts";
import { inDoubt, type Enquiry } from "./enquiry.ts";
import { mapError, violationOf } from "./map-error.ts";
import { statement } from "./statement.ts";
import type { WriterMark } from "./writer-mark.ts";

export interface Transact {
  /**
   * Appends what members hold in one transaction, and settles them, with a step after it. Otherwise nothing of it was done, but
   * where that is in doubt: the transaction may still be under way, or nobody knows.
   */
  together(members: readonly Member[], step: Step | null): Promise<Outcome>;
  /**
   * Appends one commit in a transaction of its own, again and again where others were first.
   *
   * @param isInDoubt - whether a transaction that nobody has heard of since may have done it, or may still do it
   */
  alone(commit: Commit, isInDoubt: boolean): Promise<Decided>;
  /** Runs a step in a transaction of its own. */
  byItself(step: Step): Promise<"done" | StorageError>;
}

export type Outcome = "done" | "each alone" | "each alone, in doubt" | StorageError;

/**
 * Plans are made once, while the tables are small, and used when they have grown: they are to go by index from the beginning. Left
 * to itself, the server makes a new one for some statements each time, which takes longer than they do.
 */
export const BEGIN = `begin isolation level read committed;
  set local enable_seqscan = off; set local enable_hashjoin = off;
  set local enable_mergejoin = off; set local enable_bitmapscan = off; set local plan_cache_mode = force_generic_plan`;

/** How far a transaction has come, for whoever has to find out later. */
interface Progress {
  transactionId: string | null;
  /** What it comes to, once its commit was sent. */
  committing: Plan | null;
}

/** Of a single commit. */
const MOST_TRIES = 20;

/** What another transaction was first at: it is decided again, on what that has left. */
const racedFor: readonly (string | null)[] = ["events_stream", "messages_idempotency"];

/** @param written - told of what was committed */
export function createTransact(
  connections: Connections,
  append: Append,
  mark: WriterMark,
  enquiry: Enquiry,
  written: (plan: Plan) => void,
): Transact {
  const markWriter = statement<{ readonly transactionId: string }>("begin", mark.set);

  async function perform(
    connection: Connection,
    commits: readonly Commit[],
    alone: boolean,
    progress: Progress,
    step: Step | null,
  ): Promise<Result<Plan, StorageError>> {
    const end = () => Promise.all([step?.run(connection), connection.execute("commit")]);
    const begun = Promise.all([
      connection.execute(BEGIN),
      connection.run(markWriter, {}).then(([row]) => void (progress.transactionId = row?.transactionId ?? null)),
    ]);
    const atOnce = alone ? null : append.planAtOnce(commits);
    try {
      if (atOnce !== null && !atOnce.writes.gathered().isRare) {
        // Nothing has to be looked up: all of it is sent at once.
        progress.committing = atOnce;
        await Promise.all([begun, append.write(connection, atOnce.writes), end()]);
        return ok(atOnce);
      }
      const planned = atOnce === null ? append.plan(connection, commits, alone) : ok(atOnce);
      const [, plan] = await Promise.all([begun, planned]);
      if (plan.isErr()) {
        await connection.execute("rollback");
        return err(plan.error);
      }
      await append.write(connection, plan.value.writes);
      progress.committing = plan.value;
      await end();
      return plan;
    } catch (thrown) {
      await rollBack(connection);
      throw thrown;
    }
  }

  /** Where the connection is lost during the commit, the server is asked what has become of the transaction. */
  async function transact(
    commits: readonly Commit[],
    alone: boolean,
    step: Step | null,
  ): Promise<Result<Plan, StorageError | "unseen">> {
    const progress: Progress = { transactionId: null, committing: null };
    try {
      return (await connections.lend((connection) => perform(connection, commits, alone, progress, step))).map(told);
    } catch (thrown) {
      const lost = mapError(thrown);
      const { transactionId, committing } = progress;
      if (committing === null || lost?.reason !== "disconnected") throw thrown;
      const was = await (transactionId === null
        ? isSeen(commits, committing)
        : (await enquiry.wasCommitted(transactionId)).map((done) => (done ? "committed" : "aborted")));
      if (was.isErr()) return err(was.error);
      if (was.value === "committed") return ok(told(committing));
      return err(was.value === "aborted" ? lost : "unseen");
    }
  }

  /** A transaction is seen whole, so one of its commits tells of all. One that is not seen may be under way still. */
  async function isSeen(commits: readonly Commit[], { decided }: Plan) {
    const kept = commits.find(({ streams }, index) => decided[index]?.isOk() === true && streams.some(hasEvents));
    const appended = kept === undefined ? ok(null) : await enquiry.appendedBy(kept);
    return appended.map((versions) => (versions === null ? "unseen" : "committed"));
  }

  function told(plan: Plan): Plan {
    written(plan);
    return plan;
  }

  /** What stands in the way of a commit that may have been done already may be itself. */
  async function withoutDoubt(commit: Commit, decided: Decided, doubted: boolean): Promise<Decided> {
    if (!doubted || decided.isOk() || decided.error.type === "StorageError") return decided;
    const appended = await enquiry.appendedBy(commit);
    if (appended.isErr()) return err(appended.error);
    return appended.value === null ? decided : ok(appended.value);
  }

  return {
    async together(members, step) {
      try {
        const done = await transact(
          members.map(({ commit }) => commit),
          false,
          step,
        );
        if (done.isErr()) return ofEach(done.error);
        for (const [index, { settle }] of members.entries()) {
          const decided = done.value.decided[index];
          if (decided !== undefined) settle(decided);
        }
        return "done";
      } catch (thrown) {
        const error = mapError(thrown);
        // What keeps it from being done at all would keep each of them, and make each of them wait.
        return error === null || wasRaced(thrown) || error.reason === "unexpected" ? "each alone" : error;
      }
    },
    async alone(commit, isInDoubt) {
      let doubted = isInDoubt;
      for (let triesLeft = MOST_TRIES - 1; ; triesLeft -= 1) {
        try {
          const done = await transact([commit], true, null);
          if (done.isErr() && done.error === "unseen" && triesLeft > 0) doubted = true;
          else return await withoutDoubt(commit, done.andThen(onlyOne).mapErr(asError), doubted);
        } catch (thrown) {
          const error = mapError(thrown);
          if (error === null) throw thrown;
          if (triesLeft === 0 || !wasRaced(thrown)) return err(doubted ? inDoubt(error) : error);
        }
      }
    },
    async byItself(step) {
      const done = await tried(() =>
        connections.lend(async (connection) => {
          try {
            await Promise.all([connection.execute(BEGIN), step.run(connection), connection.execute("commit")]);
          } catch (thrown) {
            await rollBack(connection);
            throw thrown;
          }
        }),
      );
      return done.match(
        () => "done",
        (error) => error,
      );
    },
  };
}

/** Whether the same can be tried again, on what another transaction has left. */
export function wasRaced(thrown: unknown): boolean {
  const violation = violationOf(thrown);
  if (violation === null) return false;
  const { code, constraint } = violation;
  return code.startsWith("40") || code === "22012" || (code === "23505" && racedFor.includes(constraint));
}

/** Where it is not known whether it was done, nobody is to do it again; and what can be tried again can be by whoever asked for it. */
function ofEach(error: StorageError | "unseen"): Outcome {
  if (error === "unseen") return "each alone, in doubt";
  return error.retryable || error.reason === "in-doubt" ? error : "each alone";
}

function asError(error: AppendError | "unseen"): AppendError {
  return error === "unseen" ? inDoubt(null) : error;
}

function onlyOne({ decided: [first] }: Plan): Decided {
  return first ?? err(storageError("unexpected", "nothing was decided"));
}

function hasEvents({ events }: Commit["streams"][number]): boolean {
  return events.length > 0;
}
