import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { Writable } from "node:stream";
import type { PoolClient } from "pg";
import { mapError } from "./map-error.ts";
import { plainTypes, type SqlValues, type Statement } from "./statement.ts";

export type Orm = NodePgDatabase;
/** On whatever driver, which decides what `execute` answers. */
export type AnyOrm = PgDatabase<PgQueryResultHKT>;

/** One that is in a transaction of the application's. */
export interface JoinedConnection {
  /** Runs drizzle's statements on this connection. */
  readonly orm: AnyOrm;
  run<Row extends object>(statement: Statement<Row>, values: SqlValues): Promise<readonly Row[]>;
}

/**
 * A connection, for as long as it is lent. What is asked of it is done in that order; it may be asked for more before it has
 * answered, and what is done after a failure inside a transaction fails too.
 */
export interface Connection extends JoinedConnection {
  readonly orm: Orm;
  /** A statement without values, such as BEGIN. */
  execute(statement: string): Promise<unknown>;
}

/** Lends a connection for as long as `work` takes. */
export type Lend = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

/** One that its lender can take back. */
export interface LentConnection extends Connection {
  /** Resolves when nothing is under way any more of what was asked through `run` and `execute`. */
  answered(): Promise<unknown>;
}

/** @param prepares - whether the server is to keep statements prepared */
export function connectionOver(client: PoolClient, prepares: boolean): LentConnection {
  let last: Promise<unknown> = Promise.resolve();
  let lost: Error | null = null;
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

  /**
   * A client that cannot have several under way is given one after the other. Once it has given up an answer it is given no more: of what
   * waits for that in the client some would be given up as well, such as a BEGIN, and what belongs after it would be done without.
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

/** The application asks things of it as well: all is asked at once, and stands in the driver's own queue. */
export function connectionIn(client: PoolClient): JoinedConnection {
  return {
    get orm() {
      return ormOf(client);
    },
    // What is prepared would be planned as the application has set its transaction, and stay so.
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
  // The driver's own array is soon among V8's old objects, where it would be found dead late, and each row until then.
  return rows.splice(0);
}

/** To make one takes as long as a statement does, and most of what is asked goes without. */
const orms = new WeakMap<PoolClient, Orm>();

function ormOf(client: PoolClient): Orm {
  const orm = orms.get(client) ?? drizzle({ client });
  orms.set(client, orm);
  return orm;
}

/** The client's socket, which is not in its types; null where it is kept elsewhere. */
function streamOf(client: PoolClient): Pick<Writable, "cork" | "uncork"> | null {
  const connection: unknown = Reflect.get(client, "connection");
  if (typeof connection !== "object" || connection === null) return null;
  const stream: unknown = Reflect.get(connection, "stream");
  return stream instanceof Writable ? stream : null;
}
