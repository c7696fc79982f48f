import { and, inArray, isNotNull, lte, sql, type SQL } from "drizzle-orm";
import type { Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { QueueBacklog } from "../../ports/delivery-queue.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkBacklog } from "../sql/backlog.ts";
import type { Orm } from "./connection.ts";
import { listParameter, parameter } from "./parameter.ts";
import { deliveries, queues } from "./projected-tables.ts";

/**
 * One statement, so that both parts are of one moment. What is pending is counted in its index. The longest due is the
 * first free delivery of some webhook: what is before it there is leased, and there are never more leases than the
 * workers hold.
 */
export function createBacklog(orm: Orm) {
  const { state, webhookId, nextAttemptAt, leaseExpiresAt } = deliveries;
  const now = parameter("now");
  const pending = sql`${state} = 'pending'`;
  const firstFree = sql`(
    select ${nextAttemptAt} from ${deliveries}
    where ${pending} and ${webhookId} = ${queues.webhookId} and ${nextAttemptAt} <= ${now}
      and (${leaseExpiresAt} is null or ${leaseExpiresAt} <= ${now})
    order by ${nextAttemptAt} limit 1
  )`;
  const ofQueues = (isCounted: SQL | undefined, hasQueue: SQL) =>
    orm
      .select({
        pending: sql<number>`(${orm
          .select({ count: sql`count(*)` })
          .from(deliveries)
          .where(and(pending, isCounted))})`,
        dueSince: sql<EpochMs | null>`min(${firstFree})`,
      })
      .from(queues)
      .where(and(hasQueue, lte(queues.pausedUntil, now)))
      .prepare();
  const given = listParameter("webhookIds");
  const ofAll = ofQueues(undefined, isNotNull(queues.turnAt));
  const ofGiven = ofQueues(inArray(webhookId, given), inArray(queues.webhookId, given));

  return (now: EpochMs, webhookIds?: readonly string[]): Result<QueueBacklog, StorageError> => {
    const row =
      webhookIds === undefined ? ofAll.get({ now }) : ofGiven.get({ now, webhookIds: JSON.stringify(webhookIds) });
    return checkBacklog(row ?? { pending: 0, dueSince: null });
  };
}
