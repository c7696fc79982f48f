import { sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { setTimeout } from "node:timers/promises";
import type { Commit, StreamAppend } from "../../ports/commit.ts";
import type { AppendedStream } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Connection } from "./connection.ts";
import { eventStatements } from "./event-statements.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { tried } from "./tried.ts";

/**
 * Finds out what became of a transaction whose connection was lost while it committed. Asks the server again and again
 * for some seconds. An `Err` with the reason `in-doubt` says that it could not be found out.
 */
export interface Enquiry {
  /**
   * Tells whether a transaction with this id was committed. After a crash the server gives the ids of transactions that
   * left nothing on disk once more, so it may be another transaction.
   */
  wasCommitted(transactionId: string): Promise<Result<boolean, StorageError>>;
  /**
   * Returns where the streams of a commit have come to, those without events too, if the commit's events are seen. Null
   * if they are not seen, or not yet, or if the commit has none.
   */
  appendedBy(commit: Commit): Promise<Result<readonly AppendedStream[] | null, StorageError>>;
}

type Asking = Pick<Connection, "run">;

const FIRST_PAUSE_MS = 50;

export function createEnquiry(
  { lend }: { lend<T>(work: (connection: Asking) => Promise<T>): Promise<T> },
  tables: Tables,
  patienceMs = 10_000,
): Enquiry {
  const { events } = tables;
  const { versions } = eventStatements(tables);
  const status = statement<{ readonly status: string | null }>(
    "status",
    // A crash has taken back an id that is not below a new one. Of such an id, the server tells nothing.
    sql`select case when pg_current_xact_id() > asked.id then pg_xact_status(asked.id) else 'aborted' end as status
      from (select ${sql.placeholder("transactionId")}::xid8 as id offset 0) as asked`,
  );
  const written = statement<{ readonly version: number }>(
    "written",
    sql`select version from ${events} where stream_id = ${sql.placeholder("streamId")}
      and type = ${sql.placeholder("type")} and data = ${sql.placeholder("data")}
      and recorded_at = ${sql.placeholder("recordedAt")}::bigint order by version desc limit 1`,
  );

  /** @param ask - answers null if it is not known yet */
  async function patiently<T>(ask: (connection: Asking) => Promise<T | null>): Promise<Result<T, StorageError>> {
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const asked = await tried(() => lend(ask));
      if (asked.isOk() && asked.value !== null) return ok(asked.value);
      if (pause >= patienceMs) return err(inDoubt(asked.isErr() ? asked.error : null));
      await setTimeout(pause);
    }
  }

  async function versionsOf(connection: Asking, { streams, recordedAt }: Commit) {
    const appended: AppendedStream[] = [];
    // Streams without events do not tell whether the commit was done.
    let isSeen = false;
    for (const stream of streams) {
      const { streamId, events: added } = stream;
      const last = added.at(-1);
      if (last === undefined) {
        appended.push({ streamId, version: await standing(connection, stream) });
        continue;
      }
      const { type, data } = last;
      const [row] = await connection.run(written, { streamId, type, data: JSON.stringify(data), recordedAt });
      if (row === undefined) return null;
      isSeen = true;
      appended.push({ streamId, version: row.version });
    }
    return isSeen ? appended : null;
  }

  /** Returns the version at which the commit says that the stream stood. If it says none, returns the present one. */
  async function standing(connection: Asking, { streamId, expectedVersion }: StreamAppend): Promise<number> {
    if (typeof expectedVersion === "number") return expectedVersion;
    if (expectedVersion === "no-stream") return 0;
    const [row] = await connection.run(versions, { streamIds: [streamId] });
    return row?.version ?? 0;
  }

  return {
    wasCommitted: (transactionId) =>
      patiently(async (connection) => {
        const [row] = await connection.run(status, { transactionId });
        return row?.status === "committed" ? true : row?.status === "aborted" ? false : null;
      }),
    async appendedBy(commit) {
      const seen = await patiently(async (connection) => ({ appended: await versionsOf(connection, commit) }));
      return seen.map(({ appended }) => appended);
    },
  };
}

/**
 * @param trouble - what kept it from being found out, or done again; null if the server was asked and did not know yet
 */
export function inDoubt(trouble: StorageError | null): StorageError {
  if (trouble?.reason === "in-doubt") return trouble;
  const message = "the connection was lost during a commit, and hookledger could not find out whether it was done";
  return storageError("in-doubt", trouble === null ? message : `${message}: ${trouble.message}`, trouble);
}
