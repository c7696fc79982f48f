import { sql } from "drizzle-orm";
import { randomBytes } from "node:crypto";
import type { AnyOrm, Connection } from "./connection.ts";
import { createTurns } from "./in-turn.ts";
import { statement } from "./statement.ts";

/** Calls that a transaction knows of. PostgreSQL forgets them when it ends, and when it goes back to a savepoint before them. */
const known = sql`current_setting('hookledger.calls', true)`;

/** Whether the transaction that is open knows of the call. */
export const isKnown = sql`strpos(${known}, ${sql.placeholder("call")}::text) > 0`;

const makeKnown = statement(
  "call",
  sql`select set_config('hookledger.calls', ${sql.placeholder("calls")}::text || coalesce(${known}, ''), true) <> '' as done`,
);

/** None is a part of several others. */
export function newCall(): string {
  return `.${randomBytes(6).toString("base64url")}`;
}

/**
 * Makes calls known to the transaction that is open on a client, ahead of all that waits for its turn there. Those that come while the
 * client is at it go together: it is not to be asked for several things at once, and no other transaction has begun by then.
 */
export function createMaker(): (connection: Connection<AnyOrm>, call: string) => Promise<unknown> {
  const inTurn = createTurns();
  let waiting: string[] = [];
  let next: Promise<unknown> | null = null;
  return (connection, call) => {
    waiting.push(call);
    next ??= inTurn(() => {
      const calls = waiting.join("");
      [waiting, next] = [[], null];
      return connection.run(makeKnown, { calls });
    });
    return next;
  };
}
