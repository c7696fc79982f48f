import { inject } from "vitest";
import { queryOnce } from "./schema.ts";

async function count(query: string): Promise<number> {
  const { rows } = await queryOnce<{ count: string }>(inject("postgresUrl"), query);
  return Number(rows[0]?.count);
}

/** How many connections listen for hookledger's notifications. */
export function listening(): Promise<number> {
  return count("select count(*) from pg_stat_activity where query like 'listen hookledger%'");
}

/** How many transactions wait for another one to end. */
export function waitingForLocks(): Promise<number> {
  return count("select count(*) from pg_locks where not granted and locktype = 'transactionid'");
}
