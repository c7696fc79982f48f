import { and, eq, inArray, notInArray, sql, type SQL } from "drizzle-orm";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import type { AnyOrm } from "./connection.ts";
import type { Tables } from "./tables.ts";

/**
 * Brings the pauses by hand from the webhooks' rows to where claims look. Goes in the order of the ids, as the outcomes
 * of attempts do.
 *
 * @param webhookIds - the webhooks to look at, whose rows are up to date; all if left out
 */
export async function followPauses(
  orm: AnyOrm,
  { webhooks, health }: Tables,
  webhookIds?: readonly string[],
): Promise<void> {
  const among = (column: typeof webhooks.webhookId | typeof health.webhookId): SQL | undefined =>
    webhookIds && inArray(column, [...webhookIds]);
  const isPaused = eq(webhooks.paused, true);
  const paused = orm
    .select({
      webhookId: webhooks.webhookId,
      pausedUntil: sql<number>`${UNTIL_RESUMED}::bigint`.as("paused_until"),
      failingSince: sql<null>`null::bigint`.as("failing_since"),
    })
    .from(webhooks)
    .where(and(isPaused, among(webhooks.webhookId)));
  const ids = orm.select({ webhookId: webhooks.webhookId }).from(webhooks).where(isPaused);
  await orm
    .update(health)
    .set({ pausedUntil: 0 })
    .where(and(eq(health.pausedUntil, UNTIL_RESUMED), notInArray(health.webhookId, ids), among(health.webhookId)));
  await orm
    .insert(health)
    .select(paused.orderBy(webhooks.webhookId))
    .onConflictDoUpdate({ target: health.webhookId, set: { pausedUntil: UNTIL_RESUMED } });
}
