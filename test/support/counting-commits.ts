import type Database from "better-sqlite3";
import type { Storage } from "../../src/ports/storage.ts";
import { connectionTo, newPath, storageOn } from "./sqlite-files.ts";

export interface CountedStorage {
  readonly storage: Storage;
  readonly path: string;
  readonly database: Database.Database;
  /** How many write transactions were begun, committed and rolled back since the storage was opened. */
  counts(): { readonly begins: number; readonly commits: number; readonly rollbacks: number };
}

/** A storage whose transactions are counted by the statements that its connection executes. */
export async function countedStorage(): Promise<CountedStorage> {
  const path = newPath();
  let statements: string[] = [];
  const database = connectionTo(path, { timeout: 10, verbose: (statement) => statements.push(String(statement)) });
  const storage = await storageOn({ database });
  statements = [];
  const count = (statement: string) => statements.filter((one) => one.toLowerCase() === statement).length;
  const counts = () => ({ begins: count("begin immediate"), commits: count("commit"), rollbacks: count("rollback") });
  return { storage, path, database, counts };
}
