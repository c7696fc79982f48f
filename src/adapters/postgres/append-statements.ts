import { sql, type SQL } from "drizzle-orm";
import { rowSet } from "./row-set.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

export type WriteSets = ReturnType<typeof writeSets>;

/** The rows that a batch of commits comes to, table by table. */
export function writeSets({ events, messages, deliveries, queue, health, responses }: Tables) {
  const changing = [
    "deliveryId",
    "state",
    "attempts",
    "attemptsBeforeRound",
    "nextAttemptAt",
    "cancellationReason",
  ] as const;
  return {
    events: rowSet("e", events, ["streamId", "version", "type", "data", "metadata", "recordedAt"]),
    messages: rowSet("m", messages, [
      "messageId",
      "tenantId",
      "event",
      "body",
      "idempotencyKey",
      "createdAt",
      "subject",
    ]),
    scheduled: rowSet("s", deliveries, [
      "deliveryId",
      "messageId",
      "webhookId",
      "tenantId",
      "event",
      "state",
      "attempts",
      "attemptsBeforeRound",
      "nextAttemptAt",
      "cancellationReason",
      "version",
      "createdAt",
      "updatedAt",
    ]),
    changed: rowSet("c", deliveries, [...changing, "version", "updatedAt", "before"], { before: "integer" }),
    pending: rowSet("p", queue, ["deliveryId", "webhookId", "dueAt", "ready", "leaseOwner", "leaseExpiresAt"]),
    settled: rowSet("x", queue, ["deliveryId", "leaseOwner", "leaseExpiresAt"]),
    failing: rowSet("f", health, ["webhookId", "pausedUntil", "failingSince", "succeeded"], { succeeded: "boolean" }),
    responses: rowSet("r", responses, ["deliveryId", "attempt", "excerpt"]),
  };
}

/**
 * Writes them in one go if everything is still as it was decided on: the deliveries at their versions, the webhooks at
 * their revision, and no lease in the way of a fence, which comes as the lease of the row. Otherwise fails with 22012,
 * division by zero.
 *
 * The server writes to a table when its rows are counted, and at the end to the tables that nobody counts. So the queue
 * is locked first. What is settled and what is pending are each in the order of their ids. If there are rows of both,
 * they are locked together before.
 *
 * What is settled is compared in a form that only a look-up by index fits: `=` also fits a walk through the whole
 * index, which a plan would take whose maker saw an empty queue.
 */
export function writeStatement(tables: Tables, sets: WriteSets) {
  const { deliveries, queue, health, counters } = tables;
  const insert = (into: Tables[keyof Tables], { columns, source }: Pick<WriteSets["events"], "columns" | "source">) =>
    sql`insert into ${into} (${columns}) select * from ${source}`;
  const { events, messages, scheduled, changed, pending, settled, failing, responses } = sets;
  return statement(
    "write",
    sql`select 1 / (
        (select count(*) from held) >= 0
        and (select count(*) from settled) = ${sql.placeholder("settledCount")}::int
        and (select count(*) from pending) = ${sql.placeholder("pendingCount")}::int
        and (select count(*) from changed) = ${sql.placeholder("changedCount")}::int
        and coalesce(${sql.placeholder("revision")}::bigint = (select value from ${counters} where name = 'webhooks'), true)
      )::int as done`,
    sql`with e as (${insert(tables.events, events)}),
      m as (${insert(tables.messages, messages)}),
      s as (${insert(deliveries, scheduled)}),
      r as (${insert(tables.responses, responses)}),
      held as (
        select 1 from ${queue} where delivery_id = any(${sql.placeholder("heldIds")}::text[]) order by delivery_id for update
      ),
      changed as (
        update ${deliveries} as d set state = c.state, attempts = c.attempts, attempts_before_round = c.attempts_before_round,
          next_attempt_at = c.next_attempt_at, cancellation_reason = c.cancellation_reason, version = c.version,
          updated_at = c.updated_at
        from ${changed.source} where d.delivery_id = c.delivery_id and d.version = c.before returning 1
      ),
      pending as (
        insert into ${queue} as q (${pending.columns}) select * from ${pending.source}
        on conflict (delivery_id) do update
        set due_at = excluded.due_at, ready = excluded.ready, lease_owner = null, lease_expires_at = null
        where ${isFree("excluded")} returning 1
      ),
      settled as (
        delete from ${queue} as q using ${settled.source} where q.delivery_id = any(array[x.delivery_id]) and ${isFree("x")} returning 1
      ),
      failing as (
        insert into ${health} as h (webhook_id, paused_until, failing_since)
        select f.webhook_id, f.paused_until, f.failing_since from ${failing.source}
        left join lateral (
          select known.paused_until from ${health} as known
          where known.webhook_id = f.webhook_id and known.failing_since is not null
        ) as known on true
        where case when f.succeeded
          then f.paused_until > 0 or f.failing_since is not null or known.paused_until is not null
          else known.paused_until is null or known.paused_until < f.paused_until end
        order by f.webhook_id
        on conflict (webhook_id) do update
        set paused_until = greatest(h.paused_until, excluded.paused_until),
          failing_since = case when h.webhook_id = any(${sql.placeholder("succeededIds")}::text[]) then excluded.failing_since
            else coalesce(h.failing_since, excluded.failing_since) end
      )`,
  );
}

/**
 * Fails with 22012, division by zero, if a stream is not at its version. Runs after everything is written, since each
 * statement sees what was committed before it: whoever names one of these streams, and one that is written here, either
 * was waited for or waits.
 */
export function standingStatement({ events }: Tables) {
  return statement(
    "standing",
    sql`select 1 / (not exists (
        select from unnest(${sql.placeholder("streamIds")}::text[], ${sql.placeholder("versions")}::int[]) as kept(stream_id, version)
        where kept.version <> (select coalesce(max(e.version), 0) from ${events} as e where e.stream_id = kept.stream_id)
      ))::int as done`,
  );
}

/** Whether nobody but the fence's owner holds the delivery; true if there is no fence. */
function isFree(fence: "excluded" | "x"): SQL {
  const [owner, now] = [sql.raw(`${fence}.lease_owner`), sql.raw(`${fence}.lease_expires_at`)];
  return sql`(${owner} is null or q.lease_owner is null or q.lease_owner = ${owner} or q.lease_expires_at <= ${now})`;
}
