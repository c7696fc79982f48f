import { sql } from "drizzle-orm";
import {
  bigint,
  index,
  integer,
  pgSchema,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  type PgTableFn,
} from "drizzle-orm/pg-core";
import { id, time, utf8 } from "./column-types.ts";
import { defineProjectedTables } from "./projected-tables.ts";

// The tables as the queries see them. Those that can be rebuilt from the others are in projected-tables.ts. The
// migrations in drizzle/postgres are generated from here; how full pages are, and when tables are vacuumed, is written
// there by hand. JSON is kept as text and decoded by hand, so that a damaged row is an error with a name and no
// exception in the driver.

export type Tables = ReturnType<typeof defineTables>;

/** Returns the tables in a schema of the database. */
export function tablesIn(schema: string): Tables {
  return defineTables(pgSchema(schema).table);
}

export function defineTables<Schema extends string | undefined>(table: PgTableFn<Schema>) {
  const events = table(
    "events",
    {
      position: bigint("position", { mode: "number" })
        .primaryKey()
        .generatedByDefaultAsIdentity({ name: "events_position_seq" }),
      streamId: id("stream_id").notNull(),
      version: integer("version").notNull(),
      type: text("type").notNull(),
      data: text("data").notNull(),
      metadata: text("metadata").notNull(),
      recordedAt: time("recorded_at").notNull(),
    },
    (of) => [unique("events_stream").on(of.streamId, of.version)],
  );

  const messages = table(
    "messages",
    {
      messageId: id("message_id").primaryKey(),
      tenantId: id("tenant_id").notNull(),
      event: text("event_type").notNull(),
      body: text("body").notNull(),
      idempotencyKey: id("idempotency_key"),
      createdAt: time("created_at").notNull(),
      /** Whom or what the payload is about, as the application said. */
      subject: id("subject"),
      /** When the payload was removed for good; the body is empty from then on. */
      erasedAt: time("erased_at"),
    },
    (of) => [
      uniqueIndex("messages_idempotency")
        .on(of.tenantId, of.idempotencyKey)
        .where(sql`${of.idempotencyKey} is not null`),
      index("messages_subject")
        .on(of.tenantId, of.subject, of.messageId)
        .where(sql`${of.subject} is not null`),
    ],
  );

  const secrets = table(
    "webhook_secrets",
    {
      secretId: id("secret_id").primaryKey(),
      webhookId: id("webhook_id").notNull(),
      kind: text("kind", { enum: ["signing", "key-pair", "headers"] }).notNull(),
      value: utf8("value").notNull(),
      /** The cipher's key that the value is encrypted under; null for plain text. */
      keyId: id("key_id"),
      createdAt: time("created_at").notNull(),
      expiresAt: time("expires_at"),
      /** Of two that were made in the same millisecond, the one written later is the newer. */
      writtenAs: bigint("written_as", { mode: "number" })
        .notNull()
        .generatedAlwaysAsIdentity({ name: "webhook_secrets_seq" }),
    },
    (of) => [index("webhook_secrets_webhook").on(of.webhookId)],
  );

  /** Numbers that only grow. `webhooks`: how often a webhook or one of its secrets was changed. */
  const counters = table("counters", {
    name: id("name").primaryKey(),
    value: bigint("value", { mode: "number" }).notNull(),
  });

  const responses = table(
    "responses",
    {
      deliveryId: id("delivery_id").notNull(),
      attempt: integer("attempt").notNull(),
      excerpt: utf8("excerpt").notNull(),
    },
    (of) => [primaryKey({ name: "responses_pkey", columns: [of.deliveryId, of.attempt] })],
  );

  /** How far each follower of the ledger has read. */
  const checkpoints = table("checkpoints", {
    name: id("name").primaryKey(),
    position: bigint("position", { mode: "number" }).notNull(),
    updatedAt: time("updated_at").notNull(),
    leaseOwner: id("lease_owner"),
    leaseExpiresAt: time("lease_expires_at"),
  });

  return { events, messages, secrets, counters, responses, checkpoints, ...defineProjectedTables(table) };
}
