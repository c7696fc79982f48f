import type { PoolClient } from "pg";
import { member } from "../sql/member.ts";
import { connectionBy } from "./connection-by.ts";
import { connectionIn, type JoinedConnection } from "./connection.ts";
import { isPostgresJs, isRunner, type PostgresJsTransaction, type SqlRunner } from "./sql-runner.ts";

/**
 * A transaction of the application's: a client of node-postgres within a BEGIN, a transaction of drizzle or
 * postgres.js, or any other library's through a {@link SqlRunner}.
 */
export type PostgresTransaction =
  PostgresClient | PostgresDrizzleTransaction | DrizzleDatabaseRefused | PostgresJsTransaction | SqlRunner;

/**
 * What hookledger needs of a node-postgres `Client` or `PoolClient`, of any version and copy. A `Pool` is refused: it
 * has no transaction.
 */
export interface PostgresClient {
  query(query: never): unknown;
  escapeIdentifier(text: string): string;
}

/** What drizzle-orm hands to the callback of `transaction()` on node-postgres or postgres.js, with any schema. */
export interface PostgresDrizzleTransaction {
  rollback(): never;
  setTransaction(config: never): Promise<unknown>;
}

/**
 * Nothing is of this type. It is for the compiler's message about drizzle's database: of a union's members, the
 * compiler picks the one that has the most properties in common with what was passed.
 */
export interface DrizzleDatabaseRefused {
  execute(query: never): unknown;
  readonly transaction: "pass what drizzle hands to the callback of transaction(), not the database itself";
}

/** The way into a transaction. */
export interface Entrance {
  /** The same object for all ways into the same transaction. */
  readonly key: object;
  readonly connection: JoinedConnection;
  /** Asks at once, not after what is under way, if the driver sees to the order itself. */
  readonly ask: JoinedConnection["run"];
}

/**
 * Returns the way into a transaction, or null if the value is none. Drizzle keeps the driver's client in the session of
 * its transactions.
 */
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

/** Recognises a client by its methods, not by `instanceof`: the application may have another copy of the driver. */
function isClient(value: unknown): value is PoolClient {
  const methods = ["query", "escapeIdentifier", "on"].map((name) => member(value, name));
  return methods.every((method) => typeof method === "function") && member(value, "totalCount") === undefined;
}
