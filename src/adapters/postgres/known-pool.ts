import type { Pool } from "pg";
import { member } from "../sql/member.ts";

/** Recognises a pool by its methods, not by `instanceof`: the application may have another copy of the driver. */
export function isPool(value: unknown): value is Pool {
  const methods = ["connect", "query", "on", "end"].map((name) => member(value, name));
  const counts = ["totalCount", "idleCount"].map((name) => member(value, name));
  return methods.every((method) => typeof method === "function") && !counts.includes(undefined);
}

/** Tells whether the pool has one connection only. Listening would keep it, and leave none for anything else. */
export function hasOneAlone(pool: Pool): boolean {
  return Number(member(member(pool, "options"), "max")) < 2;
}

/**
 * Tells whether the pool is older than pg 8.21. Its clients cannot say whether they are in a transaction, which
 * hookledger asks before it gives one back.
 */
export function isTooOld(pool: object): boolean {
  const client = member(pool, "Client");
  return typeof client === "function" && !("getTransactionStatus" in Object(client.prototype));
}
