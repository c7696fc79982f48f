export type { DrizzleTransaction, SqliteTransaction } from "./open-transaction.ts";
export type { SqliteHandle, SqliteHandleOptions, SqlitePathOptions, SqliteStorageOptions } from "./options.ts";
export { sqliteStorage } from "./storage.ts";
