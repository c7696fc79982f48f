import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { OpenTransaction } from "../../ports/open-transaction.ts";
import { member } from "../sql/member.ts";
import type { SqliteHandle } from "./options.ts";

/**
 * The handle that `sqliteStorage` was given, within `transaction()` or a BEGIN of the application, or drizzle's
 * transaction on it.
 */
export type SqliteTransaction = SqliteHandle | DrizzleTransaction;

/** What drizzle-orm hands to the callback of `transaction()`, of whatever schema. */
export interface DrizzleTransaction {
  rollback(): never;
  run(query: never): unknown;
  transaction(work: never): unknown;
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

/** Drizzle keeps the driver's handle in the session of its transactions. */
function clientOf(transaction: unknown): unknown {
  return member(member(transaction, "session"), "client");
}
