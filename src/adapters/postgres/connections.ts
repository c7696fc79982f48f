import { drizzle } from "drizzle-orm/node-postgres";
import { err, ok, ResultAsync, type Result } from "neverthrow";
import pg, { type Pool, type PoolClient } from "pg";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { connectionOver, type Connection, type Lend, type Orm } from "./connection.ts";
import { mapError } from "./map-error.ts";
import type { CheckedOptions } from "./options.ts";
import { shareConnection } from "./shared-connection.ts";

export interface Connections {
  readonly orm: Orm;
  /** Lends a connection, and takes it back when `work` is over: one that is left inside a transaction is ended. */
  readonly lend: Lend;
  /** Lends one and the same to several at once, for what is to follow something else. */
  readonly lendShared: Lend;
  /** As `lend`, for what may take longer than a statement's timeout. On the application's pool that holds, unless it is set within a transaction. */
  readonly lendForLong: Lend;
  /** One that is nobody else's from then on: its owner ends it. */
  keep(): Promise<PoolClient>;
  close(): Promise<void>;
}

/** Outside any transaction (PostgreSQL's protocol, ReadyForQuery). */
const IDLE = "I";

// Without a listener, an idle connection that the server ends would end the process. The pool makes another in its place.
const forget = (): void => undefined;

/**
 * A connection that is new is ready in one packet of the server's, and may be ended in the same one, before whoever waits for it has a turn to
 * listen. By the next turn of the event loop it is.
 */
function listenMeanwhile(client: PoolClient): void {
  client.on("error", forget);
  setImmediate(() => client.off("error", forget));
}

export function connectionsOf({ source, transactionPooling }: CheckedOptions): Connections {
  const [pool, patient] =
    source.kind === "pool"
      ? [source.pool, source.pool]
      : [poolOf(source, timeoutOf(source, transactionPooling)), poolOf(source, PATIENT)];
  const pools = new Set([pool, patient]);
  for (const each of pools) each.on("error", forget).on("connect", listenMeanwhile);

  const lender =
    (from: Pool): Lend =>
    async (work) => {
      const client = await from.connect();
      client.on("error", forget);
      const connection = connectionOver(client, !transactionPooling);
      let isLost = false;
      try {
        return await work(connection);
      } catch (thrown) {
        isLost = mapError(thrown)?.reason === "disconnected";
        throw thrown;
      } finally {
        // What is still to be done after a failure would be done among the next one's statements.
        await connection.answered();
        client.off("error", forget);
        client.release(isLost || !isIdle(client));
      }
    };

  const lend = lender(pool);
  return {
    orm: drizzle({ client: pool }),
    lend,
    lendShared: shareConnection(lend, () => pool.waitingCount > 0),
    lendForLong: lender(patient),
    keep: () => pool.connect(),
    async close() {
      if (source.kind === "pool") pool.off("error", forget).off("connect", listenMeanwhile);
      else await Promise.all([...pools].map((each) => each.end()));
    },
  };
}

/** One that does not tell is not lent again. */
function isIdle(client: PoolClient): boolean {
  return "getTransactionStatus" in client && client.getTransactionStatus() === IDLE;
}

type OwnSource = Extract<CheckedOptions["source"], { kind: "connectionString" }>;

/** What takes long is rare: few at a time, on connections that are closed when they come back. */
const PATIENT: pg.PoolConfig = { max: 4, maxUses: 1 };

/** The server's own timeout is to come first. */
const GRACE_MS = 5000;
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * A server that has fallen silent times nothing out, so the driver does: then it ends the connection. A pooler knows few parameters,
 * and refuses a connection that asks for another, so that there only the driver does.
 */
function timeoutOf({ statementTimeoutMs }: OwnSource, transactionPooling: boolean): pg.PoolConfig {
  if (transactionPooling) return { query_timeout: statementTimeoutMs };
  const query_timeout = Math.min(statementTimeoutMs + GRACE_MS, LONGEST_TIMER_MS);
  return { statement_timeout: statementTimeoutMs, query_timeout };
}

function poolOf({ connectionString, maxConnections }: OwnSource, others: pg.PoolConfig): Pool {
  return new pg.Pool({
    connectionString,
    max: maxConnections,
    application_name: "hookledger",
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    // Of what waits without having asked, such as for notifications, nothing else tells that the server is gone.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    ...others,
  });
}

/** Runs `work` and turns what the database throws into an error; bugs go on. */
export async function tried<T>(work: () => Promise<T>): Promise<Result<T, StorageError>> {
  try {
    return ok(await work());
  } catch (thrown) {
    const error = mapError(thrown);
    if (error === null) throw thrown;
    return err(error);
  }
}

export function answered<T, E>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError> {
  return new ResultAsync(tried(work)).andThen((result): Result<T, E | StorageError> => result);
}

/** After a failure. Where the connection is gone, the server has done it, and this one is not lent again. */
export async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.execute("rollback");
  } catch (thrown) {
    if (mapError(thrown) === null) throw thrown;
  }
}

export function closedError(): StorageError {
  return storageError("closed", "the storage is closed; open it again to use it");
}
