import { sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { setTimeout } from "node:timers/promises";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { Commit } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Append } from "./append.ts";
import type { Batch } from "./batch.ts";
import type { ClaimOn } from "./claim.ts";
import { rollBack, tried, type Connection, type Connections } from "./connections.ts";
import type { Decided } from "./decide.ts";

import { mapError, violationOf } from "./map-error.ts";
import { statement } from "./statement.ts";

export interface Transact {
  /** Does a batch in one transaction, and settles its members. Otherwise nothing of it was done. */
  together(batch: Batch): Promise<"done" | "each alone" | StorageError>;
  /** Appends one commit in a transaction of its own, again and again where others were first. */
  alone(commit: Commit): Promise<Decided>;
}

/**
 * Plans that are cached are made while the tables are small, and used when they have grown: they are to go by index from the
 * beginning.
 */
const BEGIN = `begin isolation level read committed;
  set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_bitmapscan = off`;

/** Of a single commit. */
const MOST_TRIES = 20;

/** What another transaction was first at: it is decided again, on what that has left. */
const racedFor: readonly (string | null)[] = ["events_stream", "messages_idempotency"];

const status = statement<{ readonly status: string | null }>(
  "status",
  sql`select pg_xact_status(${sql.placeholder("transactionId")}::xid8) as status`,
);

interface Outcome {
  readonly decided: readonly Decided[];
  readonly claimed: readonly (readonly ClaimedDelivery[])[];
}

export function createTransact(
  connections: Connections,
  append: Append,
  claim: ClaimOn,
  appended: () => void,
): Transact {
  /** @param committing - told before the commit, of which the answer may be lost */
  async function perform(
    connection: Connection,
    { appends, claims }: Batch,
    alone: boolean,
    committing: (transactionId: string, outcome: Outcome) => void,
  ): Promise<Result<Outcome, StorageError>> {
    const commits = appends.map(({ commit }) => commit);
    const begun = connection.execute(BEGIN);
    try {
      const planned = commits.length === 0 ? ok(null) : append.plan(connection, commits, alone);
      const [, result] = await Promise.all([begun, planned]);
      if (result.isErr()) {
        await connection.execute("rollback");
        return err(result.error);
      }
      const plan = result.value;
      if (plan !== null) await append.write(connection, plan.writes);
      const claimed: (readonly ClaimedDelivery[])[] = [];
      for (const { ask } of claims) claimed.push(await claim(connection, ask()));
      const outcome = { decided: plan?.decided ?? [], claimed };
      if (plan !== null) committing(plan.transactionId, outcome);
      await connection.execute("commit");
      if (plan?.writes.schedules() === true) appended();
      return ok(outcome);
    } catch (thrown) {
      await rollBack(connection);
      throw thrown;
    }
  }

  /** Where the connection is lost during the commit, the server is asked what has become of the transaction. */
  async function transact(batch: Batch, alone: boolean): Promise<Result<Outcome, StorageError>> {
    const asked: { transactionId: string; outcome: Outcome }[] = [];
    const committing = (transactionId: string, outcome: Outcome) => void asked.push({ transactionId, outcome });
    try {
      return await connections.lend((connection) => perform(connection, batch, alone, committing));
    } catch (thrown) {
      const lost = mapError(thrown);
      const [doubtful] = asked;
      if (doubtful === undefined || lost?.reason !== "disconnected") throw thrown;
      const was = await statusOf(connections, doubtful.transactionId);
      if (was === "committed") return ok(doubtful.outcome);
      if (was === "aborted") return err(lost);
      const message = `the connection was lost during a commit, and whether that was done could not be found out: ${lost.message}`;
      return err(storageError("unexpected", message, lost));
    }
  }

  return {
    async together(batch) {
      try {
        const done = await transact(batch, false);
        if (done.isErr()) return batch.appends.length === 0 ? done.error : "each alone";
        for (const [index, { settle }] of batch.appends.entries()) {
          const decided = done.value.decided[index];
          if (decided !== undefined) settle(decided);
        }
        for (const [index, { settle }] of batch.claims.entries()) settle(ok(done.value.claimed[index] ?? []));
        return "done";
      } catch (thrown) {
        const error = mapError(thrown);
        if (error === null && batch.appends.length === 0) throw thrown;
        // What keeps it from being done at all would keep each of them, and make each of them wait.
        return error === null || isOfOne(thrown, error) ? "each alone" : error;
      }
    },
    async alone(commit) {
      const batch = { appends: [{ commit, settle: () => undefined, reject: () => undefined }], claims: [] };
      for (let triesLeft = MOST_TRIES - 1; ; triesLeft -= 1) {
        try {
          const done = await transact(batch, true);
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
  };
}

function wasRaced(thrown: unknown): boolean {
  const violation = violationOf(thrown);
  if (violation === null) return false;
  const { code, constraint } = violation;
  return code.startsWith("40") || code === "22012" || (code === "23505" && racedFor.includes(constraint));
}

/** Whether it may be due to one of several. */
function isOfOne(thrown: unknown, { reason }: StorageError): boolean {
  return wasRaced(thrown) || reason === "unexpected";
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
