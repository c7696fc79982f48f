import { pgTable } from "drizzle-orm/pg-core";
import { defineTables } from "../src/adapters/postgres/tables.ts";

/** The tables without a schema, for drizzle-kit: migrations run with the storage's schema as the search path. */
export const { events, messages, webhooks, secrets, deliveries, queue, health, counters, responses, checkpoints } =
  defineTables(pgTable);
