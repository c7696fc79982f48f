import Database from "better-sqlite3";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStorage, type SqliteStorageOptions } from "../../src/adapters/sqlite/index.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import type { Damage, StorageHarness, Tamperings } from "../../src/testing/contracts/storage/harness.ts";
import { openAtOnce } from "../../src/testing/contracts/storage/opening.ts";

/** A test's own folder, and the function that removes it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "hookledger-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function openSqlite(options: SqliteStorageOptions): Promise<Storage> {
  return valueOf(sqliteStorage(options).open());
}

/** The contract's harness on a file, opened by its path or by handles as an application would open them. */
export async function sqliteHarness(by: "path" | "handle", openers = 1): Promise<StorageHarness> {
  const folder = temporaryFolder();
  const path = join(folder.path, "hooks.db");
  const handles: Database.Database[] = [];
  const storages: Storage[] = [];

  async function open(at = path): Promise<Storage> {
    const storage = await openSqlite(by === "path" ? { path: at } : { database: handle(at) });
    storages.push(storage);
    return storage;
  }

  function handle(at: string): Database.Database {
    const database = new Database(at);
    handles.push(database);
    return database;
  }

  function spoil(statement: string, parameters: Readonly<Record<string, unknown>>): void {
    const database = new Database(path);
    const { changes } = database.prepare(statement).run(parameters);
    database.close();
    if (changes !== 1) throw new Error(`there is nothing to spoil: ${JSON.stringify(parameters)}`);
  }

  return {
    ...(await openAtOnce(() => open(), openers)),
    another: () => open(),
    afterKill() {
      const copy = join(mkdtempSync(join(folder.path, "killed-")), "hooks.db");
      for (const part of ["", "-wal"]) if (existsSync(path + part)) copyFileSync(path + part, copy + part);
      return open(copy);
    },
    async holds(text) {
      return readdirSync(folder.path).some((file) => readFileSync(join(folder.path, file)).includes(text));
    },
    nowhere() {
      const at = join(folder.path, "none.db");
      return sqliteStorage(by === "path" ? { path: at } : { database: handle(at) });
    },
    async damage(position, how) {
      spoil(damages[how], { position });
    },
    async tamper(projection, id, how) {
      spoil(tamperings[projection][how], { id });
    },
    async garble(id) {
      spoil(`update hookledger_webhooks set retry_config = '{"oops":' where webhook_id = @id`, { id });
    },
    async putFirst(id) {
      spoil("update hookledger_webhooks set registered_position = 0 where webhook_id = @id", { id });
    },
    async dispose() {
      for (const storage of storages) (await storage.close())._unsafeUnwrap();
      for (const database of handles) database.close();
      folder.remove();
    },
  };
}

const damages: Readonly<Record<Damage, string>> = {
  "unknown-type": "update hookledger_events set type = 'NeverHeardOf' where position = @position",
  "not-json": "update hookledger_events set data = 'not json' where position = @position",
  "wrong-data": "update hookledger_events set data = '[]' where position = @position",
};

const tamperings: { readonly [Projection in keyof Tamperings]: Readonly<Record<Tamperings[Projection], string>> } = {
  webhooks: {
    change: "update hookledger_webhooks set url = url || '/elsewhere' where webhook_id = @id",
    remove: "delete from hookledger_webhooks where webhook_id = @id",
    rename: "update hookledger_webhooks set webhook_id = @id || '-renamed' where webhook_id = @id",
  },
  deliveries: {
    change: "update hookledger_deliveries set attempts = attempts + 1 where delivery_id = @id",
    remove: "delete from hookledger_deliveries where delivery_id = @id",
    rename: "update hookledger_deliveries set delivery_id = @id || '-renamed' where delivery_id = @id",
  },
  queue: {
    remove: `update hookledger_queues set turn_at = null
      where webhook_id = (select webhook_id from hookledger_deliveries where delivery_id = @id)`,
  },
};
