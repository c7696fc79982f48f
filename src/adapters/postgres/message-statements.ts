import { sql } from "drizzle-orm";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** The messages that have one of the idempotency keys. */
export function holdersStatement({ messages }: Tables) {
  return statement<{ readonly tenantId: string; readonly idempotencyKey: string; readonly messageId: string }>(
    "holders",
    sql`select m.tenant_id as "tenantId", m.idempotency_key as "idempotencyKey", m.message_id as "messageId"
      from unnest(${sql.placeholder("tenantIds")}::text[], ${sql.placeholder("keys")}::text[]) as wanted(tenant_id, key)
      join ${messages} as m on m.tenant_id = wanted.tenant_id and m.idempotency_key = wanted.key
      where m.idempotency_key is not null`,
  );
}

/**
 * Keeps the messages from being pruned until the transaction ends, and nobody else from anything. Their streams are read after it: one
 * that was pruned while it waited is empty then.
 */
export function keepStatement({ messages }: Tables) {
  return statement<object>(
    "keep",
    sql`select 1 from ${messages} where message_id = any(${sql.placeholder("messageIds")}::text[])
      order by message_id for key share`,
  );
}
