import { getTableColumns, sql } from "drizzle-orm";
import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

// The projections, and the queue that workers take from. Columns are as in schema.ts.

export const webhooks = sqliteTable(
  "hookledger_webhooks",
  {
    webhookId: text("webhook_id").primaryKey().notNull(),
    tenantId: text("tenant_id").notNull(),
    url: text("url").notNull(),
    events: text("events").notNull(),
    active: integer("active").notNull(),
    deactivationReason: text("deactivation_reason"),
    retryConfig: text("retry_config").notNull(),
    headers: text("headers"),
    secretId: text("secret_id").notNull(),
    version: integer("version").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** The position of its registration in the ledger, which is the order of listing: two may share a millisecond. */
    registeredPosition: integer("registered_position").notNull(),
    schemes: text("schemes").notNull().default('["kemi","v1"]'),
    keyPair: text("key_pair"),
    paused: integer("paused").notNull().default(0),
    /** Null for no limit. */
    rateLimitPerSecond: real("rate_limit_per_second"),
  },
  (table) => [index("hookledger_webhooks_tenant").on(table.tenantId, table.registeredPosition)],
);

export const deliveries = sqliteTable(
  "hookledger_deliveries",
  {
    deliveryId: text("delivery_id").primaryKey().notNull(),
    messageId: text("message_id").notNull(),
    webhookId: text("webhook_id").notNull(),
    tenantId: text("tenant_id").notNull(),
    event: text("event_type").notNull(),
    state: text("state").notNull(),
    attempts: integer("attempts").notNull(),
    attemptsBeforeRound: integer("attempts_before_round").notNull(),
    nextAttemptAt: integer("next_attempt_at"),
    cancellationReason: text("cancellation_reason"),
    version: integer("version").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    leaseOwner: text("lease_owner"),
    leaseExpiresAt: integer("lease_expires_at"),
  },
  (table) => [
    index("hookledger_deliveries_due")
      .on(table.webhookId, table.nextAttemptAt, table.deliveryId)
      .where(sql`${table.state} = 'pending'`),
    index("hookledger_deliveries_ended")
      .on(table.state, table.deliveryId)
      .where(sql`${table.state} = 'exhausted' or ${table.state} = 'cancelled'`),
    index("hookledger_deliveries_webhook_ended")
      .on(table.webhookId, table.state, table.deliveryId)
      .where(sql`${table.state} = 'exhausted' or ${table.state} = 'cancelled'`),
    index("hookledger_deliveries_webhook").on(table.webhookId, table.deliveryId),
    index("hookledger_deliveries_message").on(table.messageId, table.deliveryId),
  ],
);

/**
 * One row for each webhook that ever had a delivery: where its pending deliveries stand in the line. Technical, like
 * leases: none of it is in the ledger.
 */
export const queues = sqliteTable(
  "hookledger_queues",
  {
    webhookId: text("webhook_id").primaryKey().notNull(),
    /** No later than one of its deliveries can be claimed; null if it has none. Webhooks are served in this order. */
    turnAt: integer("turn_at"),
    /** Nothing of it is claimed before this time. */
    pausedUntil: integer("paused_until").notNull(),
    /** When the first failed of the attempts that have all failed since; null if the last one succeeded. */
    failingSince: integer("failing_since"),
  },
  (table) => [
    index("hookledger_queues_turn")
      .on(table.turnAt, table.webhookId)
      .where(sql`${table.turnAt} is not null`),
  ],
);

const { leaseOwner, leaseExpiresAt, ...deliveryViewColumns } = getTableColumns(deliveries);
const { registeredPosition, ...webhookViewColumns } = getTableColumns(webhooks);

/** The columns of the view; the lease is not one. */
export const deliveryColumns = deliveryViewColumns;

/** The columns of the view; the place in the listing is not one. */
export const webhookColumns = webhookViewColumns;
