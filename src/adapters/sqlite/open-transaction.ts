import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { OpenTransaction } from "../../ports/open-transaction.ts";
import { member } from "../sql/member.ts";
import type { SqliteHandle } from "./options.ts";
import type { Session } from "./session.ts";

/**
 * The handle that `sqliteStorage` was given, within `transaction()` or a BEGIN of the application, or drizzle's
 * transaction on it.
 */
export type SqliteTransaction = SqliteHandle | DrizzleTransaction | DrizzleDatabaseRefused;

/** What drizzle-orm hands to the callback of `transaction()`, of whatever schema. */
export interface DrizzleTransaction {
  rollback(): never;
  run(query: never): unknown;
  all(query: never): unknown;
}

/**
 * Nothing is of this type. It is for the compiler's message about drizzle's database: of a union's members, the
 * compiler picks the one that has the most properties in common with what was passed. None of the others may have a
 * `transaction`: the compiler would then tell the members apart by it.
 */
export interface DrizzleDatabaseRefused {
  run(query: never): unknown;
  all(query: never): unknown;
  readonly transaction: "pass what drizzle hands to the callback of transaction(), not the database itself";
}

/**
 * @param handle - the handle that `sqliteStorage` was given; null if it has its own connection, on which the
 * application can have no transaction
 */
export function joining(
  handle: SqliteHandle | null,
  open: OpenTransaction,
): (transaction: SqliteTransaction) => Result<OpenTransaction, InvalidInput> {
  return (transaction) => {
    if (handle === null) {
      const rule = "can only be joined if sqliteStorage was given the application's own handle, as { database }";
      return err(invalidInput("transaction", rule, transaction));
    }
    const isOurs = transaction === handle || clientOf(transaction) === handle;
    const rule = "must be the handle that sqliteStorage was given, or drizzle's transaction on it";
    return isOurs ? ok(open) : err(invalidInput("transaction", rule, transaction));
  };
}

/**
 * Takes the write lock before anything is read. The application may have begun without it, as the driver's
 * `transaction()` does. Once such a transaction has read, SQLite does not let it wait for others' writes any more: it
 * refuses the transaction's first write at once.
 */
export function lockingFirst(
  { prepare, now }: Pick<Session, "prepare" | "now">,
  open: OpenTransaction,
): OpenTransaction {
  const nothing = prepare("delete from hookledger_counters where name = ''");
  const locked = () => now(() => ok(void nothing.run()));
  return {
    answers: open.answers,
    webhooks: (tenantId) => locked().andThen(() => open.webhooks(tenantId)),
    findByIdempotencyKey: (tenantId, key) => locked().andThen(() => open.findByIdempotencyKey(tenantId, key)),
    readStream: (streamId) => locked().andThen(() => open.readStream(streamId)),
    append: (commit) => locked().andThen(() => open.append(commit)),
  };
}

/** Drizzle keeps the driver's handle in the session of its transactions. */
function clientOf(transaction: unknown): unknown {
  return member(member(transaction, "session"), "client");
}
