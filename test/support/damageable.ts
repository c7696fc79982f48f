import Database from "better-sqlite3";
import { inject, onTestFinished } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { temporarySchema } from "./postgres/schema.ts";
import { newPath } from "./sqlite-files.ts";

interface Damaged {
  readonly storage: StorageAdapter;
  /** `statement` has the table's name in braces. */
  run(statement: string): Promise<void>;
}

function onSqlite(): Damaged {
  const path = newPath();
  return {
    storage: sqliteStorage({ path }),
    async run(statement) {
      const database = new Database(path);
      database.exec(statement.replace(/\{(\w+)\}/, "hookledger_$1"));
      database.close();
    },
  };
}

function onPostgres(): Damaged {
  const connectionString = inject("postgresUrl");
  const { name, query, remove } = temporarySchema(connectionString);
  onTestFinished(async () => {
    await remove();
  });
  return {
    storage: postgresStorage({ connectionString, schema: name }),
    async run(statement) {
      await query(statement.replace(/\{(\w+)\}/, `${name}.$1`));
    },
  };
}

/** The storages whose rows a test can damage from outside. Each is empty, and is removed with the test. */
export const damageable: readonly (readonly [name: string, create: () => Damaged])[] = [
  ["SQLite", onSqlite],
  ["PostgreSQL", onPostgres],
];
