import { and, eq, inArray, isNotNull, notInArray, or, sql, type SQL } from "drizzle-orm";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import type { AnyOrm } from "./connection.ts";
import type { Tables } from "./tables.ts";

/**
 * Brings the pauses by hand and the rate limits from the webhooks' rows to where claims look. Goes in the order of the
 * ids, as the outcomes of attempts do.
 *
 * @param webhookIds - the webhooks to look at, whose rows are up to date; all if left out
 */
export async function followSettings(
  orm: AnyOrm,
  { webhooks, health }: Tables,
  webhookIds?: readonly string[],
): Promise<void> {
  const among = (column: typeof webhooks.webhookId | typeof health.webhookId): SQL | undefined =>
    webhookIds && inArray(column, [...webhookIds]);
  const isPaused = eq(webhooks.paused, true);
  // Nothing is sent to a webhook that is not active, so what it has left is not held back.
  const isLimited = and(eq(webhooks.active, true), isNotNull(webhooks.rateLimitPerSecond));
  const idsOf = (which: SQL | undefined) => orm.select({ webhookId: webhooks.webhookId }).from(webhooks).where(which);
  const end = (set: Partial<typeof health.$inferInsert>, isOn: SQL, isWanted: SQL | undefined) =>
    orm
      .update(health)
      .set(set)
      .where(and(isOn, notInArray(health.webhookId, idsOf(isWanted)), among(health.webhookId)));
  await end({ pausedUntil: 0 }, eq(health.pausedUntil, UNTIL_RESUMED), isPaused);
  await end({ rateLimitPerSecond: null }, isNotNull(health.rateLimitPerSecond), isLimited);
  const told = orm
    .select({
      webhookId: webhooks.webhookId,
      pausedUntil: sql<number>`case when ${isPaused} then ${UNTIL_RESUMED}::bigint else 0 end`.as("paused_until"),
      failingSince: sql<null>`null::bigint`.as("failing_since"),
      rateLimitPerSecond: webhooks.rateLimitPerSecond,
    })
    .from(webhooks)
    .where(and(or(isPaused, isLimited), among(webhooks.webhookId)));
  await orm
    .insert(health)
    .select(told.orderBy(webhooks.webhookId))
    .onConflictDoUpdate({
      target: health.webhookId,
      set: {
        pausedUntil: sql`greatest(${health.pausedUntil}, excluded.paused_until)`,
        rateLimitPerSecond: sql`excluded.rate_limit_per_second`,
      },
    });
}
