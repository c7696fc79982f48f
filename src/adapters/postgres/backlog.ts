import { sql, type SQL } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import { checkBacklog } from "../sql/backlog.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/** A `bigint` as the application's driver reads it. */
type Integer = string | number | bigint;

/**
 * Asks in one statement, so that both parts are of one moment. It is planned each time, since the table may have been
 * empty the last time; it is asked rarely.
 */
export function createBacklog({ orm, read, tables }: Session): DeliveryQueue["backlog"] {
  return (now, webhookIds) =>
    read(async () => {
      const query = webhookIds === undefined ? ofAll(tables, now) : ofGiven(tables, now, webhookIds);
      const { rows } = await orm.execute<{ readonly pending: Integer; readonly dueSince: Integer | null }>(query);
      const [{ pending, dueSince } = { pending: 0, dueSince: null }] = rows;
      return checkBacklog({ pending: Number(pending), dueSince: dueSince === null ? null : Number(dueSince) });
    });
}

/**
 * Goes from each place to the next along the index, so a million deliveries in one cost as much as one. What has ended
 * stays in the index until a vacuum. Each place's is passed over once, since what is sought begins after it.
 */
function ofAll(tables: Tables, now: EpochMs): SQL {
  const { queue } = tables;
  const next = (where: SQL) => sql`
    select q.ready, q.webhook_id, q.due_at from ${queue} as q ${where} order by q.ready, q.webhook_id, q.due_at limit 1`;
  return sql`with recursive places(ready, webhook_id, first_due_at) as (
      (${next(sql``)})
      union all
      select next.ready, next.webhook_id, next.due_at from places as before
      cross join lateral (${next(sql`where (q.ready, q.webhook_id) > (before.ready, before.webhook_id)`)}) as next
    )
    select (select count(*) from ${queue}) as pending, ${dueSince(tables, now)} as "dueSince"`;
}

function ofGiven(tables: Tables, now: EpochMs, webhookIds: readonly string[]): SQL {
  return sql`with places(ready, webhook_id, first_due_at) as (
      select of_webhook.ready, given.webhook_id, ${Number.MIN_SAFE_INTEGER}::bigint
      from (select distinct webhook_id from unnest(${sql.param([...webhookIds])}::text[]) as ids(webhook_id)) as given
      cross join (values (true), (false)) as of_webhook(ready)
    )
    select (
      select coalesce(sum(of_place.count), 0) from places as p cross join lateral (
        select count(*) from ${tables.queue} as q where q.ready = p.ready and q.webhook_id = p.webhook_id
      ) as of_place
    ) as pending, ${dueSince(tables, now)} as "dueSince"`;
}

/**
 * Finds the earliest of the places' first free deliveries. What is before such a delivery in its place is leased, and
 * no more is ever leased than the workers hold. A place holds the deliveries to a webhook that somebody has seen due,
 * or those that nobody has, due or not.
 */
function dueSince({ queue, health }: Tables, now: EpochMs): SQL {
  return sql`(
    select min(of_place.due_at) from places as p cross join lateral (
      select q.due_at from ${queue} as q
      where q.ready = p.ready and q.webhook_id = p.webhook_id and q.due_at >= p.first_due_at and q.due_at <= ${now}::bigint
        and (q.lease_expires_at is null or q.lease_expires_at <= ${now}::bigint)
      order by q.due_at limit 1
    ) as of_place
    where not exists (select 1 from ${health} as h where h.webhook_id = p.webhook_id and h.paused_until > ${now}::bigint)
  )`;
}
