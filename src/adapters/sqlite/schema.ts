import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";

// The tables as the queries see them. Those that can be rebuilt from the others are in projected-tables.ts. The
// statements that create them are in drizzle/sqlite: generated from here, with STRICT added by hand. Times are
// milliseconds since 1970. JSON is kept as text and decoded by hand: a damaged row is then an error with a name instead
// of an exception in the driver.

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
    /** When the payload was removed for good. The body is empty from then on. */
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

export const secrets = sqliteTable(
  "hookledger_webhook_secrets",
  {
    secretId: text("secret_id").primaryKey().notNull(),
    webhookId: text("webhook_id").notNull(),
    kind: text("kind", { enum: ["signing", "key-pair", "headers"] }).notNull(),
    value: text("value").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    /** The cipher's key under which the value is encrypted; null for plain text. */
    keyId: text("key_id"),
  },
  (table) => [index("hookledger_webhook_secrets_webhook").on(table.webhookId)],
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
  /** Which of those who follow under the name leads. */
  leaseOwner: text("lease_owner"),
  leaseExpiresAt: integer("lease_expires_at"),
});
