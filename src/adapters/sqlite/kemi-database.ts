import type { Database } from "better-sqlite3";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { err, ok, ResultAsync, type Result } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import type { KemiDatabase, KemiRow } from "../../ports/kemi-database.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { tried } from "./map-error.ts";
import { createDriver, naming } from "./connection.ts";

/** The columns of kemi's `_WEBHOOKS_DDL` that are read here. */
const wanted = [
  ...["webhook_id", "url", "events", "secret", "active", "created_at"],
  ...["retry_max", "retry_base_delay", "retry_max_delay", "retry_multiplier"],
];

/**
 * Reads by a connection that cannot write. So kemi may go on using its database meanwhile, and the file may be the
 * ledger's own. If the file is in WAL mode, SQLite puts its `-wal` and `-shm` files beside it, as for any reader.
 *
 * Errors are `StorageError`s: `unreachable` if there is no such file, `not-a-database` if it is not SQLite or has no
 * `webhooks` table with kemi's columns, `locked` if kemi holds it for longer than 5 s.
 */
export function createKemiDatabase(): KemiDatabase {
  return { readWebhooks: (path) => new ResultAsync(Promise.resolve(readWebhooks(path))) };
}

function readWebhooks(path: unknown): Result<readonly KemiRow[], StorageError> {
  if (typeof path !== "string" || path.trim() === "") {
    return err(
      storageError("unreachable", invalidInput("path", "must be the name of kemi's database file", path).message),
    );
  }
  return createDriver(path, { readonly: true, fileMustExist: true, timeout: 5000 })
    .andThen((database) => tried(() => readAndClose(path, database)).mapErr((error) => naming(path, error)))
    .andThen((rows) => rows);
}

function readAndClose(path: string, database: Database): Result<readonly KemiRow[], StorageError> {
  try {
    const orm = drizzle({ client: database });
    const columns = orm.all<{ readonly name: string }>(sql`select name from pragma_table_info('webhooks')`);
    if (columns.length === 0) return notKemi(path, "it has no table webhooks");
    const missing = wanted.filter((name) => !columns.some((column) => column.name === name));
    if (missing.length > 0) return notKemi(path, `its table webhooks lacks ${missing.join(", ")}`);
    return ok(
      orm.all<KemiRow>(sql`
        select webhook_id as "webhookId", url, events, secret, active, retry_max as "retryMax",
          retry_base_delay as "retryBaseDelay", retry_max_delay as "retryMaxDelay", retry_multiplier as "retryMultiplier"
        from webhooks
        order by created_at, webhook_id`),
    );
  } finally {
    database.close();
  }
}

function notKemi(path: string, what: string): Result<never, StorageError> {
  return err(storageError("not-a-database", `${path} is not a kemi database: ${what}`));
}
