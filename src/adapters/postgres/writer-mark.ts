import { createHash } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";
import { statement, type Statement } from "./statement.ts";

/**
 * Tells readers of the ledger what may still appear at positions that they have passed.
 *
 * A position is given when an event is inserted, and seen when its transaction commits. So the events of a slow
 * transaction would appear behind a reader. Hence each transaction, before it is given positions, takes a shared
 * advisory lock whose key is the last position given by then. Its own positions will be greater. The server releases
 * the lock right after the commit, or the rollback, is seen. So nothing can appear any more at or below the least of
 * these: the keys that are held, and the last position that was given before they were looked at.
 *
 * Whoever writes nothing to the ledger holds no such lock, and holds nobody up.
 */
export interface WriterMark {
  /** Takes the lock and returns the transaction's id, by which the server can be asked what became of it. */
  readonly set: SQL;
  /** Has positions given only after this one, if they would not be already. */
  passed(position: number): SQL;
  /** The last position that was given. Read it before `held`, and the events after both. */
  readonly last: Statement<{ readonly position: number }>;
  /** The keys of the locks that are held. */
  readonly held: Statement<{ readonly key: number }>;
}

/** Keys are 32 bits wide, and hold the lower 31 bits of the position. */
const SPAN = 2 ** 31;

export function writerMark(schema: string): WriterMark {
  const sequence = sql`${sql.identifier(schema)}.${sql.identifier("events_position_seq")}`;
  const last = sql`case when is_called then last_value else 0 end`;
  const lockClass = sql.raw(`(${createHash("sha256").update(`hookledger ${schema}`).digest().readInt32BE()})`);
  return {
    set: sql`select pg_advisory_xact_lock_shared(${lockClass}, ((${last}) % ${sql.raw(String(SPAN))})::int),
      pg_current_xact_id()::text as "transactionId" from ${sequence}`,
    passed: (position) =>
      sql`select setval(${`"${schema}".events_position_seq`}::regclass, greatest((select ${last} from ${sequence}), ${position}::bigint))`,
    last: statement("last position", sql`select ${last} as position from ${sequence}`),
    held: statement(
      "writers",
      sql`select objid::bigint as key from pg_locks
        where locktype = 'advisory' and classid = ${lockClass}::int::oid and objsubid = 2 and granted
          and database = (select oid from pg_database where datname = current_database())`,
    ),
  };
}

/** Returns the position up to which nothing appears any more. */
export function settledPosition(last: number, heldKeys: readonly number[]): number {
  const behind = heldKeys.map((key) => (((last - key) % SPAN) + SPAN) % SPAN);
  // A key that seems half the span behind is ahead: its writer began after the last position was read, and writes
  // beyond it.
  return last - Math.max(0, ...behind.filter((positions) => positions < SPAN / 2));
}
