import { sql, type SQL } from "drizzle-orm";
import type { Tables } from "./tables.ts";

/**
 * Leases what was picked. It is marked ready, since that is where it is looked for when it is free again.
 *
 * Goes by where the rows lie. A plan that was made while the queue was empty, or has been since it was vacuumed empty,
 * would find them by id only by reading through the whole queue. A row that somebody else has moved in the same moment
 * is left for the next claim.
 */
export function leased(queue: Tables["queue"], also: SQL): SQL {
  return sql`leased as (
      update ${queue} as q set ready = true, lease_owner = ${sql.placeholder("owner")},
        lease_expires_at = ${sql.placeholder("leaseUntil")}::bigint
      from picked where q.ctid = picked.ctid returning q.delivery_id, q.webhook_id, q.due_at, ${also}
    )`;
}

export function claimedRows({ deliveries, messages, counters }: Tables, also: SQL): SQL {
  return sql`select leased.delivery_id as "deliveryId", d.message_id as "messageId", leased.webhook_id as "webhookId",
      d.tenant_id as "tenantId", d.event_type as "event", d.attempts, d.attempts_before_round as "attemptsBeforeRound",
      leased.due_at as "dueAt", d.version, d.created_at as "createdAt", d.updated_at as "updatedAt", ${also},
      (select value from ${counters} where name = 'webhooks') as "webhooksRevision",
      case when row_number() over (partition by d.message_id) = 1 and m.erased_at is null then m.body end as body
    from leased left join ${deliveries} as d on d.delivery_id = leased.delivery_id
    left join ${messages} as m on m.message_id = d.message_id`;
}
