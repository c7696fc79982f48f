import { eq, sql, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { DeliveryEvent } from "../../domain/delivery/index.ts";
import { fromIso } from "../../domain/instant.ts";
import type { Orm } from "./connection.ts";
import type { EventPosition, FindBeginning } from "./event-position.ts";
import { parameter } from "./parameter.ts";
import { deliveries } from "./schema.ts";

/** What `deliveryView` folds in memory, as one small statement per event type; each of them ends the lease. */
export type ProjectDelivery = (deliveryId: string, event: DeliveryEvent, at: EventPosition) => void;

export function createDeliveryProjection(orm: Orm, findBeginning: FindBeginning): ProjectDelivery {
  const { state, attempts, attemptsBeforeRound, nextAttemptAt, cancellationReason } = deliveries;
  const insert = orm.insert(deliveries).values(firstColumns()).prepare();
  const touch = prepareUpdate(orm, {});
  const fail = prepareUpdate(orm, {
    attempts: sql`case ${state} when 'pending' then ${parameter("attempt")} else ${attempts} end`,
    nextAttemptAt: sql`case ${state} when 'pending' then coalesce(${parameter("retryAt")}, ${nextAttemptAt}) end`,
  });
  const succeed = prepareUpdate(orm, {
    ...settled(sql`'delivered'`),
    attempts: unlessDelivered(attempts, sql`max(${attempts}, ${parameter("attempt")})`),
  });
  const exhaust = prepareUpdate(orm, settled(sql`'exhausted'`));
  const cancel = prepareUpdate(orm, {
    ...settled(sql`'cancelled'`),
    cancellationReason: unlessDelivered(cancellationReason, parameter("reason")),
  });
  const redeliver = prepareUpdate(orm, {
    state: unlessDelivered(state, sql`'pending'`),
    attemptsBeforeRound: unlessDelivered(attemptsBeforeRound, attempts),
    nextAttemptAt: unlessDelivered(nextAttemptAt, parameter("dueAt")),
    cancellationReason: unlessDelivered(cancellationReason, sql`null`),
  });

  return (deliveryId, event, at) => {
    const row = { deliveryId, version: at.version, updatedAt: at.recordedAt };
    switch (event.type) {
      case "DeliveryScheduled": {
        const { messageId, webhookId, tenantId, event: eventType, dueAt } = event.data;
        const { createdAt, repeated } = findBeginning(event.type, at);
        if (repeated) return void touch.run(row);
        return void insert.run({ ...row, messageId, webhookId, tenantId, eventType, createdAt, dueAt: fromIso(dueAt) });
      }
      case "DeliveryAttemptFailed": {
        const { attempt, retryAt } = event.data;
        return void fail.run({ ...row, attempt, retryAt: retryAt === null ? null : fromIso(retryAt) });
      }
      case "DeliverySucceeded":
        return void succeed.run({ ...row, attempt: event.data.attempt });
      case "DeliveryExhausted":
        return void exhaust.run(row);
      case "DeliveryCancelled":
        return void cancel.run({ ...row, reason: event.data.reason });
      case "RedeliveryRequested":
        return void redeliver.run({ ...row, dueAt: fromIso(event.data.dueAt) });
    }
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

function prepareUpdate(orm: Orm, columns: Partial<Record<keyof typeof deliveries.$inferInsert, SQL>>) {
  return orm
    .update(deliveries)
    .set({
      ...columns,
      version: parameter("version"),
      updatedAt: parameter("updatedAt"),
      leaseOwner: null,
      leaseExpiresAt: null,
    })
    .where(eq(deliveries.deliveryId, parameter("deliveryId")))
    .prepare();
}

function firstColumns() {
  return {
    deliveryId: parameter("deliveryId"),
    messageId: parameter("messageId"),
    webhookId: parameter("webhookId"),
    tenantId: parameter("tenantId"),
    event: parameter("eventType"),
    state: "pending",
    attempts: 0,
    attemptsBeforeRound: 0,
    nextAttemptAt: parameter("dueAt"),
    version: parameter("version"),
    createdAt: parameter("createdAt"),
    updatedAt: parameter("updatedAt"),
  };
}
