import { getTableColumns, sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";

// The tables as the queries see them. What makes them is in drizzle/sqlite, generated from here, STRICT by hand.
// Times are milliseconds since 1970. JSON is kept as text and decoded by hand: a damaged row is then an error with a
// name instead of an exception in the driver.

export const events = sqliteTable(
  "hookledger_events",
  {
    position: integer("position").primaryKey({ autoIncrement: true }),
    streamId: text("stream_id").notNull(),
    version: integer("version").notNull(),
    type: text("type").notNull(),
    data: text("data").notNull(),
    metadata: text("metadata").notNull(),
    recordedAt: integer("recorded_at").notNull(),
  },
  (table) => [unique("hookledger_events_stream").on(table.streamId, table.version)],
);

export const messages = sqliteTable(
  "hookledger_messages",
  {
    messageId: text("message_id").primaryKey().notNull(),
    tenantId: text("tenant_id").notNull(),
    event: text("event_type").notNull(),
    body: text("body").notNull(),
    idempotencyKey: text("idempotency_key"),
    createdAt: integer("created_at").notNull(),
    /** Whom or what the payload is about, as the application said. */
    subject: text("subject"),
    /** When the payload was removed for good; the body is empty from then on. */
    erasedAt: integer("erased_at"),
  },
  (table) => [
    uniqueIndex("hookledger_messages_idempotency")
      .on(table.tenantId, table.idempotencyKey)
      .where(sql`${table.idempotencyKey} is not null`),
    index("hookledger_messages_subject")
      .on(table.tenantId, table.subject, table.messageId)
      .where(sql`${table.subject} is not null`),
  ],
);

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
    /** Where the ledger tells of its registration, which is the order of listing; two may share a millisecond. */
    registeredPosition: integer("registered_position").notNull(),
    schemes: text("schemes").notNull().default('["kemi","v1"]'),
    keyPair: text("key_pair"),
    paused: integer("paused").notNull().default(0),
  },
  (table) => [index("hookledger_webhooks_tenant").on(table.tenantId, table.registeredPosition)],
);

export const secrets = sqliteTable(
  "hookledger_webhook_secrets",
  {
    secretId: text("secret_id").primaryKey().notNull(),
    webhookId: text("webhook_id").notNull(),
    kind: text("kind", { enum: ["signing", "key-pair", "headers"] }).notNull(),
    value: text("value").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    /** The cipher's key that the value is encrypted under; null for plain text. */
    keyId: text("key_id"),
  },
  (table) => [index("hookledger_webhook_secrets_webhook").on(table.webhookId)],
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
    index("hookledger_deliveries_webhook").on(table.webhookId, table.deliveryId),
    index("hookledger_deliveries_message").on(table.messageId, table.deliveryId),
  ],
);

/**
 * One row for each webhook that ever had a delivery: where its pending deliveries stand in the line. Technical, as leases
 * are: nothing of it is in the ledger.
 */
export const queues = sqliteTable(
  "hookledger_queues",
  {
    webhookId: text("webhook_id").primaryKey().notNull(),
    /** Not later than one of its deliveries can be claimed; null where it has none. Webhooks are served in this order. */
    turnAt: integer("turn_at"),
    /** Nothing of it is claimed before. */
    pausedUntil: integer("paused_until").notNull(),
    /** When the first of the attempts failed that have all failed since; null where the last one succeeded. */
    failingSince: integer("failing_since"),
  },
  (table) => [
    index("hookledger_queues_turn")
      .on(table.turnAt, table.webhookId)
      .where(sql`${table.turnAt} is not null`),
  ],
);

/** Numbers that only grow. `webhooks`: how often a webhook or one of its secrets was changed. */
export const counters = sqliteTable("hookledger_counters", {
  name: text("name").primaryKey().notNull(),
  value: integer("value").notNull(),
});

export const responses = sqliteTable(
  "hookledger_responses",
  {
    deliveryId: text("delivery_id").notNull(),
    attempt: integer("attempt").notNull(),
    excerpt: text("excerpt").notNull(),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.attempt] })],
);

/** How far each follower of the ledger has read. */
export const checkpoints = sqliteTable("hookledger_checkpoints", {
  name: text("name").primaryKey().notNull(),
  position: integer("position").notNull(),
  updatedAt: integer("updated_at").notNull(),
  /** Who leads, of those who follow under the name. */
  leaseOwner: text("lease_owner"),
  leaseExpiresAt: integer("lease_expires_at"),
});

const { leaseOwner, leaseExpiresAt, ...deliveryViewColumns } = getTableColumns(deliveries);
const { registeredPosition, ...webhookViewColumns } = getTableColumns(webhooks);

/** The columns of the view; the lease is not one. */
export const deliveryColumns = deliveryViewColumns;

/** The columns of the view; the place in the listing is not one. */
export const webhookColumns = webhookViewColumns;
