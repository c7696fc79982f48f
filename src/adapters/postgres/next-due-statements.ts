import { sql } from "drizzle-orm";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

type Row = { readonly at: number | null };

/**
 * How many deliveries are looked at in the order of time. That is enough unless the first ones are all to webhooks that
 * wait: to many, or to one that has many deliveries.
 */
const LOOKED_AT = 100;

/** Asks when the next pending delivery is due, free, and to a webhook that is not paused. */
export function nextDueStatements({ queue, health }: Tables) {
  const excepted = sql`${sql.placeholder("exceptWebhookIds")}::text[]`;
  const isNotHeld = sql`q.webhook_id <> all(${excepted}) and not exists (
    select 1 from ${health} as h where h.webhook_id = q.webhook_id and h.paused_until > q.due_at
  )`;
  return {
    /**
     * The earliest of three times:
     * - of what is not ready, the first delivery to a webhook that will not be paused by then
     * - the first end of a pause for which something that is not ready waits
     * - of what is ready, webhook by webhook, when the first is free and the webhook is not paused
     *
     * What is ready before a webhook's first free delivery is leased, and no more is ever leased than the workers hold.
     *
     * If none of the first `LOOKED_AT` that are not ready will do, those are gone through webhook by webhook as well,
     * since a webhook that is paused by hand may have a million retries. If a webhook's first delivery comes before the
     * end of its pause, that end is its earliest time.
     */
    ofAll: statement<Row>(
      "next due",
      sql`with recursive ready(webhook_id) as (
          (select q.webhook_id from ${queue} as q where q.ready order by q.webhook_id limit 1)
          union all
          select (
            select q.webhook_id from ${queue} as q where q.ready and q.webhook_id > before.webhook_id order by q.webhook_id limit 1
          ) from ready as before where before.webhook_id is not null
        ),
        later(webhook_id, due_at) as (
          (select q.webhook_id, q.due_at from ${queue} as q where not q.ready order by q.webhook_id, q.due_at limit 1)
          union all
          select next.webhook_id, next.due_at from later as before cross join lateral (
            select q.webhook_id, q.due_at from ${queue} as q where not q.ready and q.webhook_id > before.webhook_id
            order by q.webhook_id, q.due_at limit 1
          ) as next
        )
        select least(
          coalesce(
            (
              select q.due_at from (
                select * from ${queue} as q where not q.ready order by q.due_at limit ${sql.raw(String(LOOKED_AT))}
              ) as q where ${isNotHeld} order by q.due_at limit 1
            ),
            (select min(q.due_at) from later as q where ${isNotHeld})
          ),
          (
            select min(h.paused_until) from ${health} as h cross join lateral (
              select from ${queue} as q where not q.ready and q.webhook_id = h.webhook_id and q.due_at < h.paused_until
              order by q.due_at limit 1
            ) as waiting
            where h.paused_until > 0 and h.webhook_id <> all(${excepted})
          ),
          (
            select min(greatest(of_webhook.at, h.paused_until))
            from ready as w left join ${health} as h on h.webhook_id = w.webhook_id
            cross join lateral (
              select min(greatest(q.due_at, q.lease_expires_at)) as at from ${queue} as q
              where q.ready and q.webhook_id = w.webhook_id and q.due_at <= coalesce((
                select f.due_at from ${queue} as f where f.ready and f.webhook_id = w.webhook_id and f.lease_expires_at is null
                order by f.due_at limit 1
              ), 9223372036854775807)
            ) as of_webhook
            where w.webhook_id is not null and w.webhook_id <> all(${excepted})
          )
        ) as at`,
    ),
    ofNamed: statement<Row>(
      "next due named",
      sql`select min(greatest(q.due_at, q.lease_expires_at, h.paused_until)) as at
        from ${queue} as q left join ${health} as h on h.webhook_id = q.webhook_id
        where q.delivery_id = any(${sql.placeholder("deliveryIds")}::text[]) and q.webhook_id <> all(${excepted})`,
    ),
  };
}
