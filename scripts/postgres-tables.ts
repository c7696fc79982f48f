import { pgTable } from "drizzle-orm/pg-core";
import { defineTables } from "../src/adapters/postgres/tables.ts";

/** Without a schema, for drizzle-kit: the migrations run with the schema of the storage as the search path. */
export const { events, messages, webhooks, secrets, deliveries, queue, health, counters, responses, checkpoints } =
  defineTables(pgTable);
