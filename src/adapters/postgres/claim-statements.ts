import { sql, type SQL } from "drizzle-orm";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import { claimedRows, leased } from "./lease-parts.ts";
import { admitted, burst, paced } from "./rate-limits.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** A delivery that was leased. Its message's body comes only with the first of the message's deliveries. */
export interface ClaimRow extends Omit<DeliveryView, "state" | "nextAttemptAt" | "cancellationReason"> {
  readonly dueAt: number;
  readonly body: string | null;
  readonly webhooksRevision: number;
  /** The most that its webhook was to be given; 0 if webhooks are not served in turn. */
  readonly share: number;
  /** Whether no other webhook was to be given more. Then its webhook's turn is over. */
  readonly hadTurn: boolean;
}

/** A row of the queue that was leased, but whose delivery is gone. */
export interface LostRow extends Pick<ClaimRow, "deliveryId" | "webhookId" | "share" | "hadTurn"> {
  readonly messageId: null;
}

/** Removes rows of the queue whose deliveries are gone. Whoever deleted those by hand cannot be waited for. */
export function forgetStatement({ queue, deliveries }: Tables) {
  return statement<object>(
    "forget",
    sql`delete from ${queue} as q where q.delivery_id = any(${sql.placeholder("deliveryIds")}::text[])
      and not exists (select from ${deliveries} as d where d.delivery_id = q.delivery_id)`,
  );
}

/**
 * Marks what has become due as ready, at most 1000 rows, wherever it is in the queue. Goes by where the rows lie, as
 * `leased` does.
 */
export function readyStatement({ queue }: Tables) {
  return statement<object>(
    "ready",
    sql`update ${queue} set ready = true where ctid = any(array(
      select ctid from ${queue} where not ready and due_at <= ${sql.placeholder("now")}::bigint
      order by due_at limit 1000 for update skip locked
    ))`,
  );
}

/**
 * Leases what is due, an equal share of the limit to each webhook: first to the webhooks after the one that was served
 * last, then from the beginning to the others. Rows that others have locked are left to them.
 *
 * Goes from each webhook to the next along the index, so a million deliveries to one cost as much as one. What has
 * ended stays in the index until a vacuum. Each webhook's is passed over once, since what is taken begins after it.
 */
export function claimInTurnStatement(tables: Tables) {
  const { queue, health } = tables;
  const now = sql`${sql.placeholder("now")}::bigint`;
  const limit = sql`${sql.placeholder("limit")}::int`;
  const served = sql`${sql.placeholder("served")}::text`;
  const free = sql`q.ready and q.due_at <= ${now} and (q.lease_expires_at is null or q.lease_expires_at <= ${now})`;
  /**
   * The webhooks after `from` and as far as `to` that have something to give, in order, each with where that begins.
   */
  const leg = (name: string, from: SQL, to: SQL) => {
    const next = (after: SQL) => sql`
      select q.webhook_id, q.due_at from ${queue} as q where ${free} and q.webhook_id > ${after} and ${to}
      order by q.webhook_id, q.due_at limit 1`;
    return sql`
      ${sql.raw(name)}(webhook_id, first_due_at) as (
        (${next(from)})
        union all
        select next.webhook_id, next.due_at
        from ${sql.raw(name)} as before cross join lateral (${next(sql`before.webhook_id`)}) as next
      )`;
  };
  const serving = (name: string, leg: number) => sql`
    select w.webhook_id, w.first_due_at, ${sql.raw(String(leg))} as leg, ${burst} as burst,
      least(${sql.placeholder("perWebhook")}::int - coalesce(busy.count, 0), ${burst}) as room
    from ${sql.raw(name)} as w left join ${health} as h on h.webhook_id = w.webhook_id
    left join unnest(${sql.placeholder("busyIds")}::text[], ${sql.placeholder("busyCounts")}::int[]) as busy(webhook_id, count)
      on busy.webhook_id = w.webhook_id
    where coalesce(busy.count, 0) < ${sql.placeholder("perWebhook")}::int
      and coalesce(h.paused_until, 0) <= ${now}`;
  return statement<ClaimRow | LostRow>(
    "claim",
    sql`with recursive
      ${leg("later", served, sql`true`)},
      ${leg("earlier", sql`''`, sql`q.webhook_id <= ${served}`)},
      line as materialized (
        select * from (${serving("later", 0)} union all ${serving("earlier", 1)}) as webhooks limit ${limit}
      ),
      ${admitted(health, now)},
      shares as (
        select webhook_id, first_due_at, leg, had_turn,
          least(room, ${limit} / places + (had_turn and ${limit} % places > 0)::int)::int as share
        from (
          select *, ${limit} % places = 0 or place <= ${limit} % places as had_turn
          from (
            select *, row_number() over (order by leg, webhook_id) as place, count(*) over () as places from line
            where burst is null or webhook_id in (select webhook_id from admitted)
          ) as places
        ) as turns
      ),
      picked as (
        select of_webhook.ctid, shares.leg, shares.share, shares.had_turn from shares cross join lateral (
          select q.ctid from ${queue} as q where ${free} and q.webhook_id = shares.webhook_id and q.due_at >= shares.first_due_at
          order by q.due_at, q.delivery_id limit shares.share for update skip locked
        ) as of_webhook
        limit ${limit}
      ),
      ${leased(queue, sql`picked.leg, picked.share, picked.had_turn`)},
      ${paced(health, now)}
      ${claimedRows(tables, sql`leased.share, leased.had_turn as "hadTurn", leased.leg`)}`,
  );
}

/** Leases the named deliveries, whoever's turn it is. */
export function claimNamedStatement(tables: Tables) {
  const { queue, health } = tables;
  const now = sql`${sql.placeholder("now")}::bigint`;
  const free = sql`q.due_at <= ${now} and (q.lease_expires_at is null or q.lease_expires_at <= ${now})`;
  return statement<ClaimRow | LostRow>(
    "claim named",
    sql`with line as materialized (
        select q.delivery_id, q.webhook_id, ${burst} as burst,
          row_number() over (partition by q.webhook_id order by q.due_at, q.delivery_id) as place
        from ${queue} as q left join ${health} as h on h.webhook_id = q.webhook_id
        where q.delivery_id = any(${sql.placeholder("deliveryIds")}::text[]) and ${free} and coalesce(h.paused_until, 0) <= ${now}
      ),
      ${admitted(health, now)},
      picked as (
        select q.ctid from ${queue} as q where ${free} and q.delivery_id = any(array(
          select line.delivery_id from line where line.burst is null
            or (line.place <= line.burst and line.webhook_id in (select webhook_id from admitted))
        ))
        order by q.due_at, q.delivery_id limit ${sql.placeholder("limit")}::int for update skip locked
      ),
      ${leased(queue, sql`0 as share, false as had_turn`)},
      ${paced(health, now)}
      ${claimedRows(tables, sql`leased.share, leased.had_turn as "hadTurn"`)}`,
  );
}
