import { expect, inject, onTestFinished, vi } from "vitest";
import { valueOf } from "../../../src/testing/contracts/results.ts";
import { openPostgres } from "./harness.ts";
import { temporarySchema } from "./schema.ts";

/** Opens a storage over a schema that is filled, to count how many rows of one of its tables are read. */
export async function openWith(table: string, fill: (schema: string) => string) {
  const schema = temporarySchema();
  onTestFinished(async () => {
    await schema.remove();
  });
  const connectionString = inject("postgresUrl");
  const storage = await openPostgres({ connectionString, schema: schema.name });
  await schema.query(fill(schema.name));
  /** How many rows of the table have been read, once the statistics show it. */
  async function rowsRead(): Promise<number> {
    await valueOf(storage.close());
    return vi.waitFor(async () => {
      const { rows } = await schema.query(`select (seq_tup_read + idx_tup_fetch)::int as count
        from pg_stat_user_tables where schemaname = '${schema.name}' and relname = '${table}'`);
      const [count = 0] = rows.map((row: { readonly count: number }) => row.count);
      expect(count).toBeGreaterThan(0);
      return count;
    });
  }
  return { storage, rowsRead, query: (text: (schema: string) => string) => schema.query(text(schema.name)) };
}
