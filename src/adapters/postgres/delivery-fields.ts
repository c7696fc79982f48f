import { sql } from "drizzle-orm";

/** The columns of a delivery's row, named as in the view. The statement calls the table `d`. */
export const deliveryFields = sql.raw(
  `d.delivery_id as "deliveryId", d.message_id as "messageId", d.webhook_id as "webhookId", d.tenant_id as "tenantId",
  d.event_type as "event", d.state, d.attempts, d.attempts_before_round as "attemptsBeforeRound",
  d.next_attempt_at as "nextAttemptAt", d.cancellation_reason as "cancellationReason", d.version,
  d.created_at as "createdAt", d.updated_at as "updatedAt"`,
);
