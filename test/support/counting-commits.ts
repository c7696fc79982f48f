import type Database from "better-sqlite3";
import type { Storage } from "../../src/ports/storage.ts";
import { connectionTo, newPath, storageOn } from "./sqlite-files.ts";

export interface CountedStorage {
  readonly storage: Storage;
  readonly path: string;
  readonly database: Database.Database;
  /** Transactions for writing, since it was opened: that were asked for, committed, and rolled back. */
  counts(): { readonly begins: number; readonly commits: number; readonly rollbacks: number };
}

/** A storage whose transactions are counted, by what its connection is told to do. */
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
