import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** A schema of its own for a test, and what removes it. */
export function temporarySchema(connectionString = inject("postgresUrl")): {
  readonly name: string;
  query(text: string): Promise<pg.QueryResult>;
  remove(): Promise<unknown>;
} {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  };
  return { name, query, remove: () => query(`drop schema if exists ${name} cascade`) };
}
