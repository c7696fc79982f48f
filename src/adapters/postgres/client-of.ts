import type { PoolClient } from "pg";

/** A client of node-postgres within a BEGIN of the application's, or drizzle's transaction over one. */
export type PostgresTransaction = PostgresClient | PostgresDrizzleTransaction;

/** What is needed of a node-postgres `Client` or `PoolClient`, of whatever version and copy. A `Pool` is none: it has no transaction. */
export interface PostgresClient {
  query(query: never): unknown;
  escapeIdentifier(text: string): string;
}

/** What drizzle-orm hands to the callback of `transaction()` on node-postgres, of whatever schema. */
export interface PostgresDrizzleTransaction {
  rollback(): never;
  setTransaction(config: never): Promise<unknown>;
}

/** Null where it is neither. Drizzle keeps the driver's client in the session of its transactions. */
export function clientOf(transaction: unknown): PoolClient | null {
  if (isClient(transaction)) return transaction;
  const inner = member(member(transaction, "session"), "client");
  return isClient(inner) ? inner : null;
}

/** By what it can do, not by `instanceof`: the application may have another copy of the driver than hookledger. */
function isClient(value: unknown): value is PoolClient {
  const methods = ["query", "escapeIdentifier", "on"].map((name) => member(value, name));
  return methods.every((method) => typeof method === "function") && member(value, "totalCount") === undefined;
}

function member(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
}
