import { defineConfig } from "drizzle-kit";

// Writes the difference between tables.ts and the last snapshot to drizzle/postgres. Storage parameters of tables, and rows
// that must be there, are added to the SQL by hand, before the migration lands.
export default defineConfig({
  dialect: "postgresql",
  schema: "./scripts/postgres-tables.ts",
  out: "./drizzle/postgres",
});
