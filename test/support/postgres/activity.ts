import pg from "pg";
import { inject } from "vitest";

async function count(query: string): Promise<number> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  try {
    return (await client.query<{ count: string }>(query)).rows.reduce((sum, row) => sum + Number(row.count), 0);
  } finally {
    await client.end();
  }
}

/** How many connections listen for hookledger's notifications. */
export function listening(): Promise<number> {
  return count("select count(*) from pg_stat_activity where query like 'listen hookledger%'");
}

/** How many transactions wait for another one to end. */
export function waitingForLocks(): Promise<number> {
  return count("select count(*) from pg_locks where not granted and locktype = 'transactionid'");
}
