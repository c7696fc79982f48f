import { and, asc, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { PendingDelivery } from "../../domain/delivery/index.ts";
import type { Orm } from "./connection.ts";
import { pendingIn, type ScopeShape } from "./queue-scope.ts";
import { deliveries } from "./schema.ts";

export type ClaimedRow = Omit<PendingDelivery, "status"> & { readonly version: number };

/** Finds and leases in one statement, so that no two claims find the same. */
export function prepareClaim(orm: Orm, shape: ScopeShape) {
  const { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, version } = deliveries;
  const { nextAttemptAt, leaseExpiresAt } = deliveries;
  const free = or(isNull(leaseExpiresAt), lte(leaseExpiresAt, sql.placeholder("now")));
  const due = orm
    .select({ deliveryId })
    .from(deliveries)
    .where(and(pendingIn(shape), lte(nextAttemptAt, sql.placeholder("now")), free))
    .orderBy(asc(nextAttemptAt), asc(deliveryId))
    .limit(sql.placeholder("limit"));
  return orm
    .update(deliveries)
    .set({ leaseOwner: sql`${sql.placeholder("owner")}`, leaseExpiresAt: sql`${sql.placeholder("leaseUntil")}` })
    .where(inArray(deliveryId, due))
    .returning({
      ...{ deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, version },
      // Not null, because it was found to be due.
      dueAt: sql<number>`${nextAttemptAt}`,
    })
    .prepare();
}
