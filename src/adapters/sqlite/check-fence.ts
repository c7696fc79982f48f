import { and, eq, gt, sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import type { Fence } from "../../ports/commit.ts";
import { leaseLost, type LeaseLost } from "../../ports/ledger-writer.ts";
import { prepareHot } from "./hot-statement.ts";
import { deliveries } from "./projected-tables.ts";
import type { Session } from "./session.ts";

export function createCheckFence({ orm, prepare }: Session): (fence: Fence) => Result<void, LeaseLost> {
  const other = prepareHot<[string]>(
    prepare,
    orm
      .select({ owner: deliveries.leaseOwner })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.deliveryId, sql.placeholder("deliveryId")),
          sql`${deliveries.leaseOwner} <> ${sql.placeholder("owner")}`,
          gt(deliveries.leaseExpiresAt, sql.placeholder("now")),
        ),
      ),
  );
  return (fence) => (other.get({ ...fence }) === undefined ? ok() : err(leaseLost(fence.deliveryId)));
}
