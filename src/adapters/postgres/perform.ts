import { err, ok, type Result } from "neverthrow";
import type { Commit } from "../../ports/commit.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Append } from "./append.ts";
import type { Step } from "./batch.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { Plan } from "./decide.ts";
import type { Enquiry } from "./enquiry.ts";
import { carriesKey } from "./loaded.ts";
import { mapError } from "./map-error.ts";
import { statement } from "./statement.ts";
import { rollBack } from "./tried.ts";
import type { WriterMark } from "./writer-mark.ts";

/**
 * Makes every plan go by index, and be made once. The server makes plans while the tables are small, and still uses
 * them when the tables have grown. Left to itself, it makes a new plan for some statements each time, which takes
 * longer than they do.
 */
export const BEGIN = `begin isolation level read committed;
  set local enable_seqscan = off; set local enable_hashjoin = off;
  set local enable_mergejoin = off; set local enable_bitmapscan = off; set local plan_cache_mode = force_generic_plan`;

/**
 * Waits for a lock for 250 ms at the most. A publish in a transaction of the application's holds its idempotency key
 * until that transaction ends. Other transactions take some milliseconds.
 */
const BEGIN_IMPATIENTLY = `${BEGIN}; set local lock_timeout = 250`;

/**
 * Appends commits in a transaction. Throws what the database throws, after which nothing of it was done. Answers
 * `unseen` if nobody can tell: the transaction may still be under way.
 *
 * @param shared - null if the transaction is one commit's own: then everything is looked up, and no other waits for it
 */
export type Perform = (
  commits: readonly Commit[],
  shared: Shared | null,
) => Promise<Result<Plan, StorageError | "unseen">>;

/** What belongs to a transaction in a row of them, each of which sees what those before it have done. */
export interface Shared {
  /** Runs after the commits. */
  readonly step: Step | null;
  /** Called when the commit is sent and everything else is answered. The next transaction may then be sent. */
  readonly committing: () => void;
}

/** How far a transaction has come, for whoever must find out later what became of it. */
interface Progress {
  transactionId: string | null;
  /** What was decided, once the commit is sent; null before. */
  committing: Plan | null;
}

/** @param written - is told what was committed */
export function createPerform(
  { lend, lendShared }: Pick<Connections, "lend" | "lendShared">,
  append: Append,
  mark: WriterMark,
  enquiry: Enquiry,
  written: (plan: Plan) => void,
): Perform {
  const markWriter = statement<{ readonly transactionId: string }>("begin", mark.set);

  async function inTransaction(
    connection: Connection,
    commits: readonly Commit[],
    shared: Shared | null,
    progress: Progress,
  ): Promise<Result<Plan, StorageError>> {
    const alone = shared === null;
    const atOnce = alone ? null : append.planAtOnce(commits);
    const end = (...before: readonly Promise<unknown>[]) => {
      const answered = Promise.all([...before, shared?.step?.run(connection)]).then(shared?.committing);
      return Promise.all([answered, connection.execute("commit")]);
    };
    const begun = Promise.all([
      connection.execute(commits.some(carriesKey) ? BEGIN_IMPATIENTLY : BEGIN),
      connection.run(markWriter, {}).then(([row]) => void (progress.transactionId = row?.transactionId ?? null)),
    ]);
    try {
      if (atOnce !== null && !atOnce.writes.gathered().isRare) {
        // Nothing has to be looked up, so everything is sent at once.
        progress.committing = atOnce;
        await end(begun, append.write(connection, atOnce.writes));
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
      // A commit that was sent ends the transaction in any case, and a rollback would hit what was sent behind it.
      if (progress.committing === null) await rollBack(connection);
      throw thrown;
    }
  }

  /** Performs the commits. If the connection is lost during the commit, asks the server what became of them. */
  async function perform(
    commits: readonly Commit[],
    shared: Shared | null,
  ): Promise<Result<Plan, StorageError | "unseen">> {
    const progress: Progress = { transactionId: null, committing: null };
    try {
      const from = shared === null ? lend : lendShared;
      return (await from((connection) => inTransaction(connection, commits, shared, progress))).map(told);
    } catch (thrown) {
      const lost = mapError(thrown);
      const { transactionId, committing } = progress;
      if (committing === null || lost?.reason !== "disconnected") throw thrown;
      const isPossible = transactionId === null ? ok(true) : await enquiry.wasCommitted(transactionId);
      if (isPossible.isErr()) return err(isPossible.error);
      if (!isPossible.value) return err(lost);
      const seen = await isSeen(commits, committing);
      if (seen.isErr()) return err(seen.error);
      return seen.value ? ok(told(committing)) : err("unseen");
    }
  }

  /**
   * Looks for one commit's events: a transaction is seen whole. If it is not seen, it may still be under way. A server
   * that says of the transaction's id that it was committed does not make this needless: after a crash the id may be
   * another's.
   */
  async function isSeen(commits: readonly Commit[], { decided }: Plan) {
    const kept = commits.find(({ streams }, index) => decided[index]?.isOk() === true && streams.some(hasEvents));
    const appended = kept === undefined ? ok(null) : await enquiry.appendedBy(kept);
    return appended.map((versions) => versions !== null);
  }

  function told(plan: Plan): Plan {
    written(plan);
    return plan;
  }

  return perform;
}

function hasEvents({ events }: Commit["streams"][number]): boolean {
  return events.length > 0;
}
