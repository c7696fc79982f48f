import { sql } from "drizzle-orm";
import { ok, ResultAsync } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import type { GroupCommit } from "./group-commit.ts";
import { BEGIN } from "./perform.ts";
import type { Session } from "./session.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

/**
 * Renews leases in a transaction of its own, after the appends and claims that were asked for before. In their
 * transaction it would lock rows of the queue after those of other tables, and if somebody has one of these rows
 * locked, the outcomes of the other attempts would wait for it.
 */
export function createRenew(
  { following }: Pick<GroupCommit, "following">,
  { lend, tables }: Pick<Session, "lend" | "tables">,
): DeliveryQueue["renew"] {
  const renew = renewStatement(tables);
  return (ask) =>
    new ResultAsync(following(() => Promise.resolve())).andThen(() =>
      lend(async (connection) => {
        // Its settings keep a plan that was made for an empty queue from going through the whole table.
        const begun = connection.execute(BEGIN);
        await Promise.all([begun, connection.run(renew, { ...ask() }), connection.execute("commit")]);
        return ok();
      }),
    );
}

/** Moves the end of the leases that their owner still holds. Locks in the order in which rows are locked everywhere. */
function renewStatement({ queue }: Tables) {
  return statement<object>(
    "renew",
    sql`update ${queue} as q set lease_expires_at = ${sql.placeholder("leaseUntil")}::bigint
      from (
        select delivery_id from ${queue}
        where lease_owner = ${sql.placeholder("owner")} and delivery_id = any(${sql.placeholder("deliveryIds")}::text[])
        order by delivery_id for update
      ) as held where q.delivery_id = held.delivery_id`,
  );
}
