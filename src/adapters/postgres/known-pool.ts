import type { Pool } from "pg";
import { member } from "../sql/member.ts";

/** Recognises a pool by its methods, not by `instanceof`: the application may have another copy of the driver. */
export function isPool(value: unknown): value is Pool {
  const methods = ["connect", "query", "on", "end"].map((name) => member(value, name));
  const counts = ["totalCount", "idleCount"].map((name) => member(value, name));
  return methods.every((method) => typeof method === "function") && !counts.includes(undefined);
}

/**
 * Tells whether the pool has no connection to spare for listening, which keeps one: of two, an application that has the
 * other in a transaction would leave none for anything else.
 */
export function hasNoneToSpare(pool: Pool): boolean {
  return Number(member(member(pool, "options"), "max")) < 3;
}

/**
 * Tells whether the pool is older than pg 8.21. Its clients cannot say whether they are in a transaction, which
 * hookledger asks before it gives one back.
 */
export function isTooOld(pool: object): boolean {
  const client = member(pool, "Client");
  return typeof client === "function" && !("getTransactionStatus" in Object(client.prototype));
}
