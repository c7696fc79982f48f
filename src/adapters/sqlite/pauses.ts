import { and, eq, notInArray, sql, type SQL } from "drizzle-orm";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import type { Orm } from "./connection.ts";
import { parameter } from "./parameter.ts";
import { queues, webhooks } from "./projected-tables.ts";

/**
 * A webhook's row says whether it is paused by hand. This makes the function that brings that to where claims look, for
 * one webhook, whose row must be up to date.
 */
export function createFollowPause(orm: Orm): (webhookId: string) => void {
  const one = parameter("webhookId");
  const ended = end(orm, eq(queues.webhookId, one)).prepare();
  const begun = begin(orm, eq(webhooks.webhookId, one)).prepare();
  return (webhookId) => {
    ended.run({ webhookId });
    begun.run({ webhookId });
  };
}

/** Does the same for all webhooks. */
export function followPauses(orm: Orm): void {
  end(orm).run();
  begin(orm).run();
}

/** Begins pauses: from now on, what is due waits, and so does what becomes due. */
function begin(orm: Orm, which?: SQL) {
  const paused = orm
    .select({
      webhookId: webhooks.webhookId,
      turnAt: sql<null>`null`.as("turn_at"),
      pausedUntil: sql<number>`${UNTIL_RESUMED}`.as("paused_until"),
      failingSince: sql<null>`null`.as("failing_since"),
    })
    .from(webhooks)
    .where(and(eq(webhooks.paused, 1), which));
  return orm
    .insert(queues)
    .select(paused)
    .onConflictDoUpdate({
      target: queues.webhookId,
      // Null stays null: a webhook without deliveries has no turn.
      set: { turnAt: sql`max(${queues.turnAt}, ${UNTIL_RESUMED})`, pausedUntil: UNTIL_RESUMED },
    });
}

/**
 * Ends pauses, and sets turns to 0. A turn that is too early does no harm, but the present time would be too late if
 * the clock were set back.
 */
function end(orm: Orm, which?: SQL) {
  const paused = orm.select({ webhookId: webhooks.webhookId }).from(webhooks).where(eq(webhooks.paused, 1));
  return orm
    .update(queues)
    .set({ turnAt: sql`min(${queues.turnAt}, 0)`, pausedUntil: 0 })
    .where(and(eq(queues.pausedUntil, UNTIL_RESUMED), notInArray(queues.webhookId, paused), which));
}
