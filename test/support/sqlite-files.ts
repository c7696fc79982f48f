import Database from "better-sqlite3";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SqliteStorageOptions } from "../../src/adapters/sqlite/index.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { openSqlite, temporaryFolder } from "./sqlite-storage-harness.ts";

// What a test makes here is removed when the test is over.

export function temporaryDirectory(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

/** The path of a file that does not exist yet, in its own folder. */
export function newPath(): string {
  return join(temporaryDirectory(), "hooks.db");
}

/** A connection as the application, or somebody else, would open it. */
export function connectionTo(path: string, options: Database.Options = {}): Database.Database {
  const database = new Database(path, options);
  onTestFinished(() => {
    database.close();
  });
  return database;
}

export async function storageOn(options: SqliteStorageOptions): Promise<Storage> {
  const storage = await openSqlite(options);
  onTestFinished(async () => {
    (await storage.close())._unsafeUnwrap();
  });
  return storage;
}

/** A connection to a new file that has the tables. */
export async function migrated(): Promise<Database.Database> {
  const database = connectionTo(newPath());
  await storageOn({ database });
  return database;
}
