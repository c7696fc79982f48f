export type { PostgresClient, PostgresDrizzleTransaction, PostgresTransaction } from "./entrance.ts";
export type {
  PostgresConnectionOptions,
  PostgresPool,
  PostgresPoolOptions,
  PostgresStorageOptions,
} from "./options.ts";
export { postgresStorage } from "./storage.ts";
export type { PostgresJsTransaction, SqlRunner } from "./sql-runner.ts";
