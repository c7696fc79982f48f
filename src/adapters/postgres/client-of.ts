import type { PoolClient } from "pg";
import { member } from "../sql/member.ts";
import { connectionBy } from "./connection-by.ts";
import { connectionIn, type JoinedConnection } from "./connection.ts";
import { isPostgresJs, isRunner, type PostgresJsTransaction, type SqlRunner } from "./sql-runner.ts";

/**
 * A transaction of the application's: a client of node-postgres within a BEGIN, drizzle's transaction, postgres.js's, or that of any other
 * library, by a {@link SqlRunner}.
 */
export type PostgresTransaction = PostgresClient | PostgresDrizzleTransaction | PostgresJsTransaction | SqlRunner;

/** What is needed of a node-postgres `Client` or `PoolClient`, of whatever version and copy. A `Pool` is none: it has no transaction. */
export interface PostgresClient {
  query(query: never): unknown;
  escapeIdentifier(text: string): string;
}

/** What drizzle-orm hands to the callback of `transaction()` on node-postgres or postgres.js, of whatever schema. */
export interface PostgresDrizzleTransaction {
  rollback(): never;
  setTransaction(config: never): Promise<unknown>;
}

/** The way into a transaction. */
export interface Entrance {
  /** The same for all ways into the same transaction. */
  readonly key: object;
  readonly connection: JoinedConnection;
  /** Asks at once, not after what is under way, where the driver sees to the order itself. */
  readonly ask: JoinedConnection["run"];
}

/** Null where it is no transaction. Drizzle keeps the driver's client in the session of its transactions. */
export function entranceTo(transaction: unknown): Entrance | null {
  return entrance(transaction) ?? entrance(member(member(transaction, "session"), "client"));
}

function entrance(client: unknown): Entrance | null {
  if (isClient(client)) return entranceBy(client, connectionIn(client));
  if (isRunner(client)) return entranceBy(client, connectionBy(client));
  if (!isPostgresJs(client)) return null;
  const connect = () => connectionBy({ runSql: (text, values) => client.unsafe(text, values) });
  return { key: client, connection: connect(), ask: (asked, values) => connect().run(asked, values) };
}

function entranceBy(key: object, connection: JoinedConnection): Entrance {
  return { key, connection, ask: connection.run };
}

/** By what it can do, not by `instanceof`: the application may have another copy of the driver than hookledger. */
function isClient(value: unknown): value is PoolClient {
  const methods = ["query", "escapeIdentifier", "on"].map((name) => member(value, name));
  return methods.every((method) => typeof method === "function") && member(value, "totalCount") === undefined;
}
