import { expect, inject, onTestFinished, vi } from "vitest";
import { valueOf } from "../../../src/testing/contracts/results.ts";
import { openPostgres } from "./harness.ts";
import { temporarySchema } from "./schema.ts";

/** Opens a storage over a schema that is filled, to count how much of one of its tables is read. */
export async function openWith(table: string, fill: (schema: string) => string) {
  const schema = temporarySchema();
  onTestFinished(async () => {
    await schema.remove();
  });
  const connectionString = inject("postgresUrl");
  const storage = await openPostgres({ connectionString, schema: schema.name });
  await schema.query(fill(schema.name));
  /** Closes the storage, and counts once the statistics show what it has done. */
  async function counted(what: string, where: string): Promise<number> {
    await valueOf(storage.close());
    return vi.waitFor(async () => {
      const { rows } = await schema.query(`select (${what})::int as count
        from ${where} where schemaname = '${schema.name}' and relname = '${table}'`);
      const [count = 0] = rows.map((row: { readonly count: number }) => row.count);
      expect(count).toBeGreaterThan(0);
      return count;
    });
  }
  return {
    storage,
    /** How many rows of the table have been read. */
    rowsRead: () => counted("seq_tup_read + idx_tup_fetch", "pg_stat_user_tables"),
    /** How many pages of the table's indexes have been read, also those that led to no row. */
    indexPagesRead: () => counted("idx_blks_read + idx_blks_hit", "pg_statio_user_tables"),
    query: (text: (schema: string) => string) => schema.query(text(schema.name)),
  };
}
