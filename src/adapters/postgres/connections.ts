import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { err, ok, type Result } from "neverthrow";
import { Writable } from "node:stream";
import pg, { type Pool, type PoolClient } from "pg";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { mapError } from "./map-error.ts";
import type { CheckedOptions } from "./options.ts";
import { plainTypes, type SqlValues, type Statement } from "./statement.ts";

export type Orm = NodePgDatabase;

/**
 * A connection, for as long as it is lent. What is asked of it is done in that order; it may be asked for more before it has
 * answered, and what is done after a failure inside a transaction fails too.
 */
export interface Connection {
  /** Runs drizzle's statements on this connection. */
  readonly orm: Orm;
  run<Row extends object>(statement: Statement<Row>, values: SqlValues): Promise<readonly Row[]>;
  /** Statements without values, such as BEGIN. */
  execute(statements: string): Promise<unknown>;
}

export interface Connections {
  readonly orm: Orm;
  /** Lends a connection, and takes it back when `work` is over: one that is left inside a transaction is ended. */
  lend<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** One that is nobody else's from then on: its owner ends it. */
  keep(): Promise<PoolClient>;
  close(): Promise<void>;
}

/** Outside any transaction (PostgreSQL's protocol, ReadyForQuery). */
const IDLE = "I";

export function connectionsOf({ source, transactionPooling }: CheckedOptions): Connections {
  const pool = source.kind === "pool" ? source.pool : poolOf(source, transactionPooling);
  // Without a listener, an idle connection that the server ends would end the process. The pool makes another in its place.
  const forget = (): void => undefined;
  pool.on("error", forget);
  return {
    orm: drizzle({ client: pool }),
    async lend(work) {
      const client = await pool.connect();
      client.on("error", forget);
      try {
        return await work(connectionOver(client, !transactionPooling));
      } finally {
        client.off("error", forget);
        client.release(client.getTransactionStatus() !== IDLE);
      }
    },
    keep: () => pool.connect(),
    async close() {
      if (source.kind === "pool") pool.off("error", forget);
      else await pool.end();
    },
  };
}

function poolOf(
  source: Extract<CheckedOptions["source"], { kind: "connectionString" }>,
  transactionPooling: boolean,
): Pool {
  const { connectionString, maxConnections, statementTimeoutMs } = source;
  return new pg.Pool({
    connectionString,
    max: maxConnections,
    application_name: "hookledger",
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    pipeline: true,
    // A pooler knows few parameters, and refuses a connection that asks for another.
    ...(transactionPooling ? { query_timeout: statementTimeoutMs } : { statement_timeout: statementTimeoutMs }),
  });
}

/** @param prepares - whether the server is to keep statements prepared */
export function connectionOver(client: PoolClient, prepares: boolean): Connection {
  let last: Promise<unknown> = Promise.resolve();
  const stream = streamOf(client);
  let isCorked = false;

  /** What is asked for in one go leaves in one packet: each is a system call, and wakes the server. */
  function sendTogether(): void {
    if (stream === null || isCorked) return;
    isCorked = true;
    stream.cork();
    queueMicrotask(() => {
      isCorked = false;
      stream.uncork();
    });
  }

  /** A client that cannot have several under way is given one after the other. */
  function inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (client.pipeline) {
      sendTogether();
      return ask();
    }
    const answer = last.then(ask);
    last = answer.then(
      () => undefined,
      () => undefined,
    );
    return answer;
  }

  return {
    orm: drizzle({ client }),
    run: <Row extends object>({ name, text, values }: Statement<Row>, named: SqlValues) =>
      inTurn(async () => {
        const config = { text, values: values(named), types: plainTypes };
        const { rows } = await client.query<Row>(prepares ? { ...config, name } : config);
        return rows;
      }),
    execute: (statements) => inTurn(() => client.query(statements)),
  };
}

/** The client's socket, which is not in its types; null where it is kept elsewhere. */
function streamOf(client: PoolClient): Pick<Writable, "cork" | "uncork"> | null {
  const connection: unknown = Reflect.get(client, "connection");
  if (typeof connection !== "object" || connection === null) return null;
  const stream: unknown = Reflect.get(connection, "stream");
  return stream instanceof Writable ? stream : null;
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
