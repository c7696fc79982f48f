import { defineConfig } from "drizzle-kit";

// Writes the difference between the two files and the last snapshot to drizzle/sqlite. drizzle-kit does not know
// STRICT: add it to each new table in the SQL by hand before the migration lands.
export default defineConfig({
  dialect: "sqlite",
  schema: ["./src/adapters/sqlite/schema.ts", "./src/adapters/sqlite/projected-tables.ts"],
  out: "./drizzle/sqlite",
});
