import { sql, type SQL } from "drizzle-orm";
import type { WriteSets } from "./append-statements.ts";
import { isKnown } from "./calls.ts";
import { statement, type Statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

/**
 * What became of a publish: `ended` if another transaction is open by now, or none; `raced` if the idempotency key is
 * taken.
 */
export type Outcome = "written" | "raced" | "ended";

/**
 * Writes a message if the call's transaction is still the open one. Looks at that and at the key rather than run into
 * them: an error would undo what else the application has asked for meanwhile, or end a transaction of somebody else's.
 *
 * @param notify - tells the workers when the transaction commits
 */
export function publishStatement(
  tables: Tables,
  sets: WriteSets,
  notify: SQL,
): Statement<{ readonly outcome: Outcome }> {
  const { events, messages, scheduled, pending } = sets;
  const isFirst = sql`(select count(*) from m) = ${sql.placeholder("messageCount")}::int`;
  const insert = (
    into: Tables[keyof Tables],
    { columns, source }: Pick<typeof events, "columns" | "source">,
    rule: SQL,
  ) => sql`insert into ${into} (${columns}) select * from ${source} where ${rule}`;
  const both = sql`${isKnown} and ${isFirst}`;
  return statement(
    "publish",
    sql`select case when ${isKnown} then case when ${isFirst} then 'written' else 'raced' end else 'ended' end as outcome,
      case when ${both} and exists (select from p) then ${notify}::text end as notified`,
    sql`with m as (${insert(tables.messages, messages, isKnown)} on conflict do nothing returning 1),
      e as (${insert(tables.events, events, both)}),
      s as (${insert(tables.deliveries, scheduled, both)}),
      p as (${insert(tables.queue, pending, both)} returning 1)`,
  );
}
