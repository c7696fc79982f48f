import type { JoinedTransaction, OpenTransaction, RemoteTransaction } from "./ports/open-transaction.ts";

/**
 * How a message is published in a transaction: synchronously if the database is in the process, otherwise by promise.
 */
export type PublishingIn<Joined extends JoinedTransaction> = Joined extends OpenTransaction ? "publishSync" : "publish";

/**
 * The form in which a transaction is joined, derived from its type alone: better-sqlite3's handle and drizzle's
 * transaction on it answer at once, all others later.
 */
export type JoinedAs<Transaction> = [Transaction] extends [never]
  ? JoinedTransaction
  : Transaction extends { pragma: unknown } | { run: unknown }
    ? OpenTransaction
    : RemoteTransaction;
