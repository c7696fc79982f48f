import { and, asc, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { Orm } from "./connection.ts";
import { pendingIn, type ScopeShape } from "./queue-scope.ts";
import { deliveries } from "./schema.ts";

/** Later than any time: `Number.MAX_SAFE_INTEGER`. */
const never = sql`9007199254740991`;

/**
 * When something is next both due and free. Not simply a minimum over all that is pending, which would read all
 * of it: what is due before the first free one is leased, and no more is ever leased than the workers hold.
 */
export function prepareNextDue(orm: Orm, shape: ScopeShape) {
  const { nextAttemptAt, leaseExpiresAt } = deliveries;
  const pending = pendingIn(shape);
  const firstFree = orm
    .select({ at: nextAttemptAt })
    .from(deliveries)
    .where(and(pending, isNull(leaseExpiresAt)))
    .orderBy(asc(nextAttemptAt))
    .limit(1);
  const leased = orm
    .select({ at: sql<number>`max(${nextAttemptAt}, ${leaseExpiresAt})` })
    .from(deliveries)
    .where(and(pending, isNotNull(leaseExpiresAt), lt(nextAttemptAt, sql`coalesce(${firstFree}, ${never})`)));
  return orm
    .select({ at: sql<number | null>`min("at")` })
    .from(sql`(select "at" from (select ${firstFree} as "at") union all select * from (${leased}))`)
    .prepare();
}
