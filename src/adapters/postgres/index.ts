export type { PostgresClient, PostgresDrizzleTransaction, PostgresTransaction } from "./open-transaction.ts";
export type {
  PostgresConnectionOptions,
  PostgresPool,
  PostgresPoolOptions,
  PostgresStorageOptions,
} from "./options.ts";
export { postgresStorage } from "./storage.ts";
