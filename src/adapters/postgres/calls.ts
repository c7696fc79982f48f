import { sql } from "drizzle-orm";
import { randomBytes } from "node:crypto";
import { statement } from "./statement.ts";

// A call of the application's belongs to the transaction in which it was made, and is done later, when that may have ended and the connection
// have another. So the transaction is told of the call at once, and each statement for it looks whether the open one knows of it.

/** The calls that were told of. PostgreSQL forgets them when the transaction ends, and when it goes back to a savepoint before them. */
const known = sql`current_setting('hookledger.calls', true)`;

/** Whether the transaction that is open was told of the call. */
export const isKnown = sql`coalesce(strpos(${known}, ${sql.placeholder("call")}::text) > 0, false)`;

export const tell = statement(
  "tell",
  sql`select set_config('hookledger.calls', ${sql.placeholder("call")}::text || coalesce(${known}, ''), true) <> '' as done`,
);

export const look = statement<{ readonly isOpen: boolean }>("look", sql`select ${isKnown} as "isOpen"`);

/** None is found within several others that stand side by side. */
export function newCall(): string {
  return `.${randomBytes(6).toString("base64url")}`;
}
