import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** Runs a query on its own connection. */
export async function queryOnce<Row extends pg.QueryResultRow>(
  connectionString: string,
  text: string,
): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await client.query<Row>(text);
  } finally {
    await client.end();
  }
}

/** A new name for a test's own schema, and the function that removes the schema. */
export function temporarySchema(connectionString = inject("postgresUrl")): {
  readonly name: string;
  query(text: string): Promise<pg.QueryResult>;
  remove(): Promise<unknown>;
} {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const query = (text: string) => queryOnce(connectionString, text);
  return { name, query, remove: () => query(`drop schema if exists ${name} cascade`) };
}
