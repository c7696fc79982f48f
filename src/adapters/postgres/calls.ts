import { sql } from "drizzle-orm";
import { randomBytes } from "node:crypto";
import { statement } from "./statement.ts";

// A call of the application's belongs to the transaction in which it was made. It is done later, when that transaction
// may have ended and the connection may be in another. So the transaction is told of the call at once, and each
// statement for the call checks whether the open transaction was told of it.

/**
 * The calls that the transaction was told of. PostgreSQL forgets them when the transaction ends, and when it goes back
 * to a savepoint before them.
 */
const known = sql`current_setting('hookledger.calls', true)`;

/** Whether the open transaction was told of the call. */
export const isKnown = sql`coalesce(strpos(${known}, ${sql.placeholder("call")}::text) > 0, false)`;

export const tell = statement(
  "tell",
  sql`select set_config('hookledger.calls', ${sql.placeholder("call")}::text || coalesce(${known}, ''), true) <> '' as done`,
);

export const look = statement<{ readonly isOpen: boolean }>("look", sql`select ${isKnown} as "isOpen"`);

/**
 * Returns an id that is never found in others put side by side: it begins with a dot, which base64url does not have.
 */
export function newCall(): string {
  return `.${randomBytes(6).toString("base64url")}`;
}
