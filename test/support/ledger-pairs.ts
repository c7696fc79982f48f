import { inject } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { newSchema } from "./open-hooks.ts";
import { newPath } from "./sqlite-files.ts";

const sqlite = () => sqliteStorage({ path: newPath() });
const postgres = () => postgresStorage({ connectionString: inject("postgresUrl"), schema: newSchema() });

/** Pairs of storages to copy a ledger between. */
export const pairs: readonly { readonly name: string; from(): StorageAdapter; to(): StorageAdapter }[] = [
  { name: "SQLite to PostgreSQL", from: sqlite, to: postgres },
  { name: "PostgreSQL to SQLite", from: postgres, to: sqlite },
  { name: "memory to SQLite", from: memoryStorage, to: sqlite },
  { name: "SQLite to memory", from: sqlite, to: memoryStorage },
];
