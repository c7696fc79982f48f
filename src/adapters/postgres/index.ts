export type {
  PostgresConnectionOptions,
  PostgresPool,
  PostgresPoolOptions,
  PostgresStorageOptions,
} from "./options.ts";
export { postgresStorage } from "./storage.ts";
