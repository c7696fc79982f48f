import { sql } from "drizzle-orm";
import type { DeliveryRow } from "../sql/delivery-row.ts";
import { deliveryFields } from "./delivery-fields.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** A delivery that a commit is about, as it is now, and who holds it. The revision is the same in every row. */
export interface LoadedRow extends NullableMembers<DeliveryRow> {
  readonly revision: number;
  readonly leaseOwner: string | null;
  readonly leaseExpiresAt: number | null;
  /** Whether workers can find it. */
  readonly isQueued: boolean;
}

type NullableMembers<Members> = { readonly [Name in keyof Members]: Members[Name] | null };

/**
 * Loads what commits are decided on. Locks the pending deliveries among it, so that nobody claims them meanwhile,
 * always in the same order. It goes delivery by delivery, since a join would look through all that was locked for each.
 */
export function loadStatement({ deliveries, queue, counters }: Tables) {
  const ids = sql`any(${sql.placeholder("deliveryIds")}::text[])`;
  return statement<LoadedRow>(
    "load",
    sql`select counter.value as revision, ${deliveryFields},
        held.lease_owner as "leaseOwner", held.lease_expires_at as "leaseExpiresAt", held.delivery_id is not null as "isQueued"
      from ${counters} as counter
      left join (
        (select * from ${deliveries} where delivery_id = ${ids} order by delivery_id) as d
        left join lateral (
          select q.delivery_id, q.lease_owner, q.lease_expires_at from ${queue} as q where q.delivery_id = d.delivery_id for update
        ) as held on true
      ) on true
      where counter.name = 'webhooks'`,
  );
}

/** Finds the messages that have one of the idempotency keys. */
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
 * Reads since when the webhooks fail, for those that do. A webhook that recovers meanwhile counts as recovering after
 * what is decided on this.
 */
export function failingStatement({ health }: Tables) {
  return statement<{ readonly webhookId: string; readonly failingSince: number }>(
    "failing",
    sql`select webhook_id as "webhookId", failing_since as "failingSince" from ${health}
      where webhook_id = any(${sql.placeholder("failingIds")}::text[]) and failing_since is not null`,
  );
}

/**
 * Keeps the messages from being pruned until the transaction ends, and keeps nobody from anything else. Read only after
 * it where their streams stand: the stream of a message that was pruned while this waited is then empty.
 */
export function keepStatement({ messages }: Tables) {
  return statement<object>(
    "keep",
    sql`select 1 from ${messages} where message_id = any(${sql.placeholder("messageIds")}::text[])
      order by message_id for key share`,
  );
}
