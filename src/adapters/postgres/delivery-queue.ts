import { eq, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import { healthOf } from "../sql/health.ts";
import { createBacklog } from "./backlog.ts";
import { nextDueStatements } from "./next-due-statements.ts";
import { BEGIN } from "./perform.ts";
import type { Session } from "./session.ts";

export function createDeliveryQueue(session: Session, inTurn: Pick<DeliveryQueue, "claim" | "renew">): DeliveryQueue {
  const { orm, read, lend, tables } = session;
  const { queue, health } = tables;
  const nextDue = nextDueStatements(tables);

  return {
    ...inTurn,
    release: (owner, deliveryIds) =>
      read(async () => {
        if (deliveryIds.length === 0) return ok();
        // In the order in which rows are locked everywhere.
        const held = sql`select delivery_id from ${queue}
          where lease_owner = ${owner} and delivery_id = any(${sql.param([...deliveryIds])}::text[])
          order by delivery_id for update`;
        await orm.execute(sql`update ${queue} as q set lease_owner = null, lease_expires_at = null
          from (${held}) as held where q.delivery_id = held.delivery_id`);
        return ok();
      }),
    nextDueAt: ({ deliveryIds, exceptWebhookIds = [] } = {}) =>
      lend(async (connection) => {
        // Without these settings it would be planned for an empty queue, since it is asked while nothing is due.
        const begun = connection.execute(BEGIN);
        const asked =
          deliveryIds === undefined
            ? connection.run(nextDue.ofAll, { exceptWebhookIds })
            : connection.run(nextDue.ofNamed, { exceptWebhookIds, deliveryIds });
        const [, rows] = await Promise.all([begun, asked, connection.execute("commit")]);
        return ok(rows[0]?.at ?? null);
      }),
    backlog: createBacklog(session),
    health: (webhookId) =>
      read(async () => {
        const { failingSince, pausedUntil } = health;
        const [row] = await orm
          .select({ failingSince, pausedUntil })
          .from(health)
          .where(eq(health.webhookId, webhookId));
        return ok(healthOf(row));
      }),
  };
}
