import { and, eq, sql, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Orm } from "./connection.ts";
import { prepareHot } from "./hot-statement.ts";
import { parameter } from "./parameter.ts";
import { deliveries } from "./projected-tables.ts";
import type { Session } from "./session.ts";

/**
 * Prepares what each event changes in a delivery's row, and the query for its webhook. Each change ends the lease. With
 * a `guard`, it applies only to a row at that version.
 */
export function prepareDeliveryChanges({ orm, prepare }: Pick<Session, "orm" | "prepare">) {
  const { deliveryId, webhookId, state, attempts, attemptsBeforeRound, nextAttemptAt, cancellationReason } = deliveries;
  const update = (columns: Columns) => prepareHot(prepare, updateOf(orm, columns));
  return {
    touch: update({}),
    fail: update({
      attempts: sql`case ${state} when 'pending' then ${parameter("attempt")} else ${attempts} end`,
      nextAttemptAt: sql`case ${state} when 'pending' then coalesce(${parameter("retryAt")}, ${nextAttemptAt}) end`,
    }),
    succeed: update({
      ...settled(sql`'delivered'`),
      attempts: unlessDelivered(attempts, sql`max(${attempts}, ${parameter("attempt")})`),
    }),
    exhaust: update(settled(sql`'exhausted'`)),
    cancel: update({
      ...settled(sql`'cancelled'`),
      cancellationReason: unlessDelivered(cancellationReason, parameter("reason")),
    }),
    redeliver: update({
      state: unlessDelivered(state, sql`'pending'`),
      attemptsBeforeRound: unlessDelivered(attemptsBeforeRound, attempts),
      nextAttemptAt: unlessDelivered(nextAttemptAt, parameter("dueAt")),
      cancellationReason: unlessDelivered(cancellationReason, sql`null`),
    }),
    webhookOf: prepareHot<[string]>(
      prepare,
      orm
        .select({ webhookId })
        .from(deliveries)
        .where(eq(deliveryId, parameter("deliveryId"))),
    ),
  };
}

/** Delivered is final: no event changes it. */
function unlessDelivered(column: AnySQLiteColumn, value: SQL | AnySQLiteColumn): SQL {
  return sql`case ${deliveries.state} when 'delivered' then ${column} else ${value} end`;
}

function settled(state: SQL) {
  return {
    state: unlessDelivered(deliveries.state, state),
    nextAttemptAt: sql`null`,
    cancellationReason: unlessDelivered(deliveries.cancellationReason, sql`null`),
  };
}

type Columns = Partial<Record<keyof typeof deliveries.$inferInsert, SQL>>;

function updateOf(orm: Orm, columns: Columns) {
  return orm
    .update(deliveries)
    .set({
      ...columns,
      version: parameter("version"),
      updatedAt: parameter("updatedAt"),
      leaseOwner: null,
      leaseExpiresAt: null,
    })
    .where(
      and(
        eq(deliveries.deliveryId, parameter("deliveryId")),
        eq(deliveries.version, sql`coalesce(${parameter("guard")}, ${deliveries.version})`),
      ),
    );
}
