import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { Writable } from "node:stream";
import type { PoolClient } from "pg";
import { member } from "../sql/member.ts";
import { mapError } from "./map-error.ts";
import { plainTypes, type SqlValues, type Statement } from "./statement.ts";

export type Orm = NodePgDatabase;
/** Drizzle on any driver. The driver decides what `execute` answers. */
export type AnyOrm = PgDatabase<PgQueryResultHKT>;

/** A connection that is in a transaction of the application's. */
export interface JoinedConnection {
  /** Runs drizzle's statements on this connection. */
  readonly orm: AnyOrm;
  run<Row extends object>(statement: Statement<Row>, values: SqlValues): Promise<readonly Row[]>;
}

/**
 * A connection, for as long as it is lent. It does what it is asked in the order asked, and may be asked for more
 * before it has answered. After a failure inside a transaction, everything later in that transaction fails too.
 */
export interface Connection extends JoinedConnection {
  readonly orm: Orm;
  /** Runs a statement without values, such as BEGIN. */
  execute(statement: string): Promise<unknown>;
}

/** Lends a connection for as long as `work` takes. */
export type Lend = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

/** A connection that its lender can take back. */
export interface LentConnection extends Connection {
  /** Resolves when nothing that was asked through `run` and `execute` is under way any more. */
  answered(): Promise<unknown>;
}

/**
 * Wraps a client of a pool.
 *
 * @param prepares - whether the server keeps the statements prepared
 */
export function connectionOver(client: PoolClient, prepares: boolean): LentConnection {
  let last: Promise<unknown> = Promise.resolve();
  let lost: Error | null = null;
  const stream = streamOf(client);
  let isCorked = false;

  /** Makes everything asked in one go leave in one packet: each packet is a system call, and wakes the server. */
  function sendTogether(): void {
    if (stream === null || isCorked) return;
    isCorked = true;
    stream.cork();
    queueMicrotask(() => {
      isCorked = false;
      stream.uncork();
    });
  }

  /**
   * Gives a client that does not pipeline one statement at a time, and none once it has given up an answer. Of the
   * statements that wait in the client, some might be given up too, such as a BEGIN, and those that belong after it
   * would run without it.
   */
  function inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (client.pipeline) sendTogether();
    const next = () => (lost === null ? ask() : Promise.reject(lost));
    const answer = client.pipeline ? ask() : last.then(next);
    last = answer.then(
      () => undefined,
      (thrown: unknown) => {
        if (thrown instanceof Error && mapError(thrown)?.reason === "disconnected") lost ??= thrown;
      },
    );
    return answer;
  }

  return {
    get orm() {
      return ormOf(client);
    },
    run: (asked, named) => inTurn(() => query(client, asked, named, prepares)),
    execute: (statement) => inTurn(() => client.query(statement)),
    answered: () => last,
  };
}

/**
 * Wraps a client that the application uses too, so everything is asked at once and waits in the driver's own queue.
 */
export function connectionIn(client: PoolClient): JoinedConnection {
  return {
    get orm() {
      return ormOf(client);
    },
    // A prepared statement would be planned under the settings of the application's transaction, and keep that plan.
    run: (asked, named) => query(client, asked, named, false),
  };
}

async function query<Row extends object>(
  client: PoolClient,
  { name, text, values }: Statement<Row>,
  named: SqlValues,
  prepares: boolean,
): Promise<readonly Row[]> {
  const config = { text, values: values(named), types: plainTypes };
  const { rows } = await client.query<Row>(prepares ? { ...config, name } : config);
  // V8 soon counts the driver's own array among its old objects. It would be collected late, and keep every row until
  // then.
  return rows.splice(0);
}

/** One for each client: making one takes as long as a statement, and most of what is asked needs none. */
const orms = new WeakMap<PoolClient, Orm>();

function ormOf(client: PoolClient): Orm {
  const orm = orms.get(client) ?? drizzle({ client });
  orms.set(client, orm);
  return orm;
}

/** Returns the client's socket, which is not in its types, or null if the client keeps it elsewhere. */
function streamOf(client: PoolClient): Pick<Writable, "cork" | "uncork"> | null {
  const stream = member(member(client, "connection"), "stream");
  return stream instanceof Writable ? stream : null;
}
