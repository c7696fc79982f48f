import { err, ok, type Result } from "neverthrow";
import type { Database } from "better-sqlite3";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { unknownName, type NamesOf } from "../../domain/known-names.ts";
import { member } from "../sql/member.ts";

/** The part of a better-sqlite3 `Database` that is needed, of whatever major version and copy. */
export interface SqliteHandle {
  readonly open: boolean;
  readonly inTransaction: boolean;
  prepare(source: string): unknown;
  pragma(source: string): unknown;
}

/** A file of hookledger's own, or one that is shared with whoever else opens it. */
export interface SqlitePathOptions {
  /**
   * The file, created if it does not exist; `":memory:"` for a database that ends with the connection. A `file:` URI is
   * refused, because the driver would take all of it for the file's name.
   */
  readonly path: string;
  /**
   * How long a call waits for a lock that another connection holds, in milliseconds; 5000 if not given. The event loop
   * goes on meanwhile.
   */
  readonly busyTimeoutMs?: number | undefined;
  readonly database?: never;
}

/** The application's own connection. The tables are made beside its own. */
export interface SqliteHandleOptions {
  /** An open better-sqlite3 handle. Configuring and closing it stays up to the application. */
  readonly database: SqliteHandle;
  readonly path?: never;
  readonly busyTimeoutMs?: never;
}

export type SqliteStorageOptions = SqlitePathOptions | SqliteHandleOptions;

const names: NamesOf<SqliteStorageOptions> = { path: true, busyTimeoutMs: true, database: true };

export type CheckedOptions =
  | { readonly kind: "path"; readonly path: string; readonly busyTimeoutMs: number }
  | { readonly kind: "handle"; readonly database: Database };

const LONGEST_BUSY_TIMEOUT_MS = 2_147_483_647;

/** JavaScript may pass anything. An error names the field, and the rule that it breaks. */
export function checkOptions(options: unknown): Result<CheckedOptions, InvalidInput> {
  if (typeof options !== "object" || options === null)
    return refused("sqliteStorage", "must be given { path } or { database }", options);
  const unknown = unknownName(options, names);
  if (unknown !== null) return err(unknown);
  const { path, database, busyTimeoutMs }: Partial<typeof names> = options;
  if (path !== undefined && database !== undefined)
    return refused("path", "must not be given together with database: choose one", path);
  if (database !== undefined) {
    if (!isHandle(database)) return refused("database", "must be an open better-sqlite3 Database", database);
    if (busyTimeoutMs === undefined) return ok({ kind: "handle", database });
    return refused(
      "busyTimeoutMs",
      "must not be given together with database: the handle has its own busy timeout",
      busyTimeoutMs,
    );
  }
  if (typeof path !== "string" || path.trim() === "")
    return refused("path", 'must be the name of a file or ":memory:", unless database is given', path);
  if (path.trimStart().startsWith("file:") || path.includes("\0"))
    return refused("path", "must be a plain file name: not a file: URI, and without a NUL character", path);
  return busyTimeout(busyTimeoutMs).map((checked) => ({ kind: "path", path, busyTimeoutMs: checked }));
}

function busyTimeout(value: unknown): Result<number, InvalidInput> {
  if (value === undefined) return ok(5000);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= LONGEST_BUSY_TIMEOUT_MS
    ? ok(value)
    : refused("busyTimeoutMs", `must be a whole number of milliseconds from 0 to ${LONGEST_BUSY_TIMEOUT_MS}`, value);
}

/** Checks for the members, not by `instanceof`: the application may have another copy of the driver than hookledger. */
function isHandle(value: unknown): value is Database {
  const isFlag = (name: string) => typeof member(value, name) === "boolean";
  const isMethod = (name: string) => typeof member(value, name) === "function";
  return ["open", "inTransaction"].every(isFlag) && ["prepare", "pragma", "transaction"].every(isMethod);
}

function refused(field: string, rule: string, received: unknown): Result<never, InvalidInput> {
  return err(invalidInput(field, rule, received));
}
