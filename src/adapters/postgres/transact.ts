import { sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { setTimeout } from "node:timers/promises";
import type { Commit } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Append, Plan } from "./append.ts";
import type { Member, Step } from "./batch.ts";
import { rollBack, tried, type Connection, type Connections } from "./connections.ts";
import type { Decided } from "./decide.ts";
import { mapError, violationOf } from "./map-error.ts";
import { statement } from "./statement.ts";
import type { WriterMark } from "./writer-mark.ts";

export interface Transact {
  /** Appends what members hold in one transaction, and settles them, with a step after it. Otherwise nothing of it was done. */
  together(members: readonly Member[], step: Step | null): Promise<"done" | "each alone" | StorageError>;
  /** Appends one commit in a transaction of its own, again and again where others were first. */
  alone(commit: Commit): Promise<Decided>;
  /** Runs a step in a transaction of its own. */
  byItself(step: Step): Promise<"done" | StorageError>;
}

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

const status = statement<{ readonly status: string | null }>(
  "status",
  sql`select pg_xact_status(${sql.placeholder("transactionId")}::xid8) as status`,
);

/** @param written - told of what was committed */
export function createTransact(
  connections: Connections,
  append: Append,
  mark: WriterMark,
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
  ): Promise<Result<Plan, StorageError>> {
    const progress: Progress = { transactionId: null, committing: null };
    try {
      return (await connections.lend((connection) => perform(connection, commits, alone, progress, step))).map(told);
    } catch (thrown) {
      const lost = mapError(thrown);
      const { transactionId, committing } = progress;
      // A transaction that has not told its id was not heard to begin, and did not come to its end.
      if (transactionId === null || committing === null || lost?.reason !== "disconnected") throw thrown;
      const was = await statusOf(connections, transactionId);
      if (was === "committed") return ok(told(committing));
      if (was === "aborted") return err(lost);
      const message = `the connection was lost during a commit, and whether that was done could not be found out: ${lost.message}`;
      return err(storageError("unexpected", message, lost));
    }
  }

  function told(plan: Plan): Plan {
    written(plan);
    return plan;
  }

  return {
    async together(members, step) {
      try {
        const done = await transact(
          members.map(({ commit }) => commit),
          false,
          step,
        );
        if (done.isErr()) return done.error.retryable ? done.error : "each alone";
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
    async alone(commit) {
      for (let triesLeft = MOST_TRIES - 1; ; triesLeft -= 1) {
        try {
          const done = await transact([commit], true, null);
          return done.andThen(
            ({ decided: [first] }) => first ?? err(storageError("unexpected", "nothing was decided")),
          );
        } catch (thrown) {
          const error = mapError(thrown);
          if (error === null) throw thrown;
          if (triesLeft === 0 || !wasRaced(thrown)) return err(error);
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

/** Until the server answers again, for some seconds. */
async function statusOf(connections: Connections, transactionId: string): Promise<string | null> {
  for (let pause = 50; pause < 10_000; pause *= 2) {
    const asked = await tried(() => connections.lend((connection) => connection.run(status, { transactionId })));
    const answer = asked.map(([row]) => row?.status ?? null).unwrapOr(null);
    if (answer === "committed" || answer === "aborted") return answer;
    await setTimeout(pause);
  }
  return null;
}
