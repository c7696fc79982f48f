import { sql } from "drizzle-orm";
import { bigint, boolean, doublePrecision, index, integer, text, type PgTableFn } from "drizzle-orm/pg-core";
import { id, time } from "./column-types.ts";

/** The projections, and the queue that workers take from. Columns are as in tables.ts. */
export function defineProjectedTables<Schema extends string | undefined>(table: PgTableFn<Schema>) {
  const webhooks = table(
    "webhooks",
    {
      webhookId: id("webhook_id").primaryKey(),
      tenantId: id("tenant_id").notNull(),
      url: text("url").notNull(),
      events: text("events").notNull(),
      active: boolean("active").notNull(),
      deactivationReason: text("deactivation_reason"),
      retryConfig: text("retry_config").notNull(),
      headers: text("headers"),
      secretId: id("secret_id").notNull(),
      schemes: text("schemes").notNull(),
      keyPair: text("key_pair"),
      paused: boolean("paused").notNull().default(false),
      /** Null for no limit. */
      rateLimitPerSecond: doublePrecision("rate_limit_per_second"),
      version: integer("version").notNull(),
      createdAt: time("created_at").notNull(),
      updatedAt: time("updated_at").notNull(),
      /**
       * The position of its registration in the ledger. Listings go by it, since two webhooks may share a millisecond.
       */
      registeredPosition: bigint("registered_position", { mode: "number" }).notNull(),
    },
    (of) => [index("webhooks_tenant").on(of.tenantId, of.registeredPosition)],
  );

  const deliveries = table(
    "deliveries",
    {
      deliveryId: id("delivery_id").primaryKey(),
      messageId: id("message_id").notNull(),
      webhookId: id("webhook_id").notNull(),
      tenantId: id("tenant_id").notNull(),
      event: text("event_type").notNull(),
      state: text("state").notNull(),
      attempts: integer("attempts").notNull(),
      attemptsBeforeRound: integer("attempts_before_round").notNull(),
      nextAttemptAt: time("next_attempt_at"),
      cancellationReason: text("cancellation_reason"),
      version: integer("version").notNull(),
      createdAt: time("created_at").notNull(),
      updatedAt: time("updated_at").notNull(),
      /**
       * The state if it is exhausted or cancelled, otherwise null. So a success changes no column that is in an index,
       * and no index is written for it.
       */
      ended: id("ended").generatedAlwaysAs(sql`case when state in ('exhausted', 'cancelled') then state end`),
    },
    (of) => [
      index("deliveries_ended")
        .on(of.ended, of.deliveryId)
        .where(sql`${of.ended} is not null`),
      index("deliveries_webhook_ended")
        .on(of.webhookId, of.ended, of.deliveryId)
        .where(sql`${of.ended} is not null`),
      index("deliveries_webhook").on(of.webhookId, of.deliveryId),
      index("deliveries_message").on(of.messageId, of.deliveryId),
    ],
  );

  /**
   * A row for each pending delivery, and for no other: what workers look through is small, however long the history is.
   * Technical, as leases are, so nothing of it is in the ledger.
   */
  const queue = table(
    "queue",
    {
      deliveryId: id("delivery_id").primaryKey(),
      webhookId: id("webhook_id").notNull(),
      dueAt: time("due_at").notNull(),
      /** Whether somebody has seen it due. Workers go from webhook to webhook through the rows that are ready. */
      ready: boolean("ready").notNull(),
      leaseOwner: id("lease_owner"),
      leaseExpiresAt: time("lease_expires_at"),
    },
    (of) => [
      index("queue_turns").on(of.ready, of.webhookId, of.dueAt, of.deliveryId),
      index("queue_later")
        .on(of.dueAt)
        .where(sql`not ${of.ready}`),
    ],
  );

  /** A row for each webhook that has ever failed, was paused, or has had a rate limit. */
  const health = table("webhook_health", {
    webhookId: id("webhook_id").primaryKey(),
    /** Nothing to the webhook is claimed before this time; 0 if it is not paused. */
    pausedUntil: time("paused_until").notNull(),
    /** When the first of the attempts failed that have all failed since; null if the last one succeeded. */
    failingSince: time("failing_since"),
    /** As the webhook's row says. A claim within the limit locks this row, and makes the webhook wait by it. */
    rateLimitPerSecond: doublePrecision("rate_limit_per_second"),
  });

  return { webhooks, deliveries, queue, health };
}
