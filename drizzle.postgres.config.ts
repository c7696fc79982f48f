import { defineConfig } from "drizzle-kit";

// Writes the difference between tables.ts and the last snapshot to drizzle/postgres. Before the migration lands, add
// the tables' storage parameters, and rows that must exist, to the SQL by hand.
export default defineConfig({
  dialect: "postgresql",
  schema: "./scripts/postgres-tables.ts",
  out: "./drizzle/postgres",
});
