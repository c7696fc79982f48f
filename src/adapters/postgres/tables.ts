import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  pgSchema,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  type PgTableFn,
} from "drizzle-orm/pg-core";

// The tables as the queries see them. What makes them is in drizzle/postgres, generated from here; how full their pages
// are, and when they are vacuumed, is written there by hand. Times are milliseconds since 1970. JSON is kept as text and
// decoded by hand: a damaged row is then an error with a name instead of an exception in the driver.

/** Compared byte by byte, whatever the database's collation: pages go on after an id. */
const id = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
/** Text that may hold NUL, which `text` cannot. */
const utf8 = customType<{ data: string; driverData: Buffer }>({
  dataType: () => "bytea",
  toDriver: (value) => Buffer.from(value),
  fromDriver: (value) => Buffer.from(value).toString(),
});
const time = (name: string) => bigint(name, { mode: "number" });

export type Tables = ReturnType<typeof defineTables>;

/** The tables in a schema of the database. */
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
      version: integer("version").notNull(),
      createdAt: time("created_at").notNull(),
      updatedAt: time("updated_at").notNull(),
      /** Where the ledger tells of its registration, which is the order of listing; two may share a millisecond. */
      registeredPosition: bigint("registered_position", { mode: "number" }).notNull(),
    },
    (of) => [index("webhooks_tenant").on(of.tenantId, of.registeredPosition)],
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
      /** Of two that were made in the same millisecond, the later written is the newer one. */
      writtenAs: bigint("written_as", { mode: "number" })
        .notNull()
        .generatedAlwaysAsIdentity({ name: "webhook_secrets_seq" }),
    },
    (of) => [index("webhook_secrets_webhook").on(of.webhookId)],
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
       * The state where it is exhausted or cancelled. What succeeds changes no column that is in an index, so that no index is
       * written for it.
       */
      ended: id("ended").generatedAlwaysAs(sql`case when state in ('exhausted', 'cancelled') then state end`),
    },
    (of) => [
      index("deliveries_ended")
        .on(of.ended, of.deliveryId)
        .where(sql`${of.ended} is not null`),
      index("deliveries_webhook").on(of.webhookId, of.deliveryId),
      index("deliveries_message").on(of.messageId, of.deliveryId),
    ],
  );

  /**
   * A row for each delivery that is pending, and for no other: what workers look through is small, however long the
   * history is. Technical, as leases are: nothing of it is in the ledger.
   */
  const queue = table(
    "queue",
    {
      deliveryId: id("delivery_id").primaryKey(),
      webhookId: id("webhook_id").notNull(),
      dueAt: time("due_at").notNull(),
      /** Whether somebody has seen it due: workers go from webhook to webhook through those that are. */
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

  /** A row for each webhook that has ever failed, or was paused. */
  const health = table("webhook_health", {
    webhookId: id("webhook_id").primaryKey(),
    /** Nothing of it is claimed before. */
    pausedUntil: time("paused_until").notNull(),
    /** When the first of the attempts failed that have all failed since; null where the last one succeeded. */
    failingSince: time("failing_since"),
  });

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

  return { events, messages, webhooks, secrets, deliveries, queue, health, counters, responses, checkpoints };
}
