import { sql } from "drizzle-orm";
import { ok, ResultAsync } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import type { GroupCommit } from "./group-commit.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** Renews leases as a claim takes them: in the transaction of the appends that were asked for before it. */
export function createRenew({ following }: Pick<GroupCommit, "following">, tables: Tables): DeliveryQueue["renew"] {
  const renew = renewStatement(tables);
  return (ask) => new ResultAsync(following((connection) => connection.run(renew, { ...ask() }))).andThen(() => ok());
}

/** Moves the end of the leases that their owner still holds. */
function renewStatement({ queue }: Tables) {
  return statement<object>(
    "renew",
    sql`update ${queue} set lease_expires_at = ${sql.placeholder("leaseUntil")}::bigint
      where lease_owner = ${sql.placeholder("owner")} and delivery_id = any(${sql.placeholder("deliveryIds")}::text[])`,
  );
}
