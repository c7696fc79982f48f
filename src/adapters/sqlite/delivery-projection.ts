import { eq, sql, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { DeliveryEvent } from "../../domain/delivery/index.ts";
import { fromIso, type EpochMs } from "../../domain/instant.ts";
import type { Orm } from "./connection.ts";
import type { EventPlace, FindBeginning } from "./event-place.ts";
import { prepareHot } from "./hot-statement.ts";
import { parameter } from "./parameter.ts";
import { deliveries } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** What `deliveryView` folds in memory, as one small statement per event type; each of them ends the lease. */
export type ProjectDelivery = (deliveryId: string, event: DeliveryEvent, at: EventPlace) => void;

export function createDeliveryProjection(
  { orm, prepare }: Session,
  buffers: WriteBuffers,
  findBeginning: FindBeginning,
): ProjectDelivery {
  const { deliveryId, webhookId, state, attempts, attemptsBeforeRound, nextAttemptAt, cancellationReason } = deliveries;
  const update = (columns: Columns) => prepareHot(prepare, updateOf(orm, columns));
  const touch = update({});
  const fail = update({
    attempts: sql`case ${state} when 'pending' then ${parameter("attempt")} else ${attempts} end`,
    nextAttemptAt: sql`case ${state} when 'pending' then coalesce(${parameter("retryAt")}, ${nextAttemptAt}) end`,
  });
  const succeed = update({
    ...settled(sql`'delivered'`),
    attempts: unlessDelivered(attempts, sql`max(${attempts}, ${parameter("attempt")})`),
  });
  const exhaust = update(settled(sql`'exhausted'`));
  const cancel = update({
    ...settled(sql`'cancelled'`),
    cancellationReason: unlessDelivered(cancellationReason, parameter("reason")),
  });
  const redeliver = update({
    state: unlessDelivered(state, sql`'pending'`),
    attemptsBeforeRound: unlessDelivered(attemptsBeforeRound, attempts),
    nextAttemptAt: unlessDelivered(nextAttemptAt, parameter("dueAt")),
    cancellationReason: unlessDelivered(cancellationReason, sql`null`),
  });
  const webhookOf = prepareHot<[string]>(
    prepare,
    orm
      .select({ webhookId })
      .from(deliveries)
      .where(eq(deliveryId, parameter("deliveryId"))),
  );

  /** Tells the webhook's queue when the delivery is due. */
  function enqueue(id: string, dueAt: EpochMs): void {
    const row = webhookOf.get({ deliveryId: id });
    if (row !== undefined) buffers.queues.due(row[0], dueAt);
  }

  return (id, event, at) => {
    const row = { deliveryId: id, version: at.version, updatedAt: at.recordedAt };
    if (event.type !== "DeliveryScheduled") buffers.deliveries.settle();
    switch (event.type) {
      case "DeliveryScheduled": {
        const { createdAt, repeated } = findBeginning(event.type, at);
        if (repeated) {
          buffers.deliveries.settle();
          return void touch.run(row);
        }
        const nextDue = fromIso(event.data.dueAt);
        buffers.deliveries.add({ ...event.data, ...row, ...fresh, nextAttemptAt: nextDue, createdAt });
        return buffers.queues.due(event.data.webhookId, nextDue);
      }
      case "DeliveryAttemptFailed": {
        const { attempt, retryAt } = event.data;
        fail.run({ ...row, attempt, retryAt: retryAt === null ? null : fromIso(retryAt) });
        return retryAt === null ? undefined : enqueue(id, fromIso(retryAt));
      }
      case "DeliverySucceeded":
        return void succeed.run({ ...row, attempt: event.data.attempt });
      case "DeliveryExhausted":
        return void exhaust.run(row);
      case "DeliveryCancelled":
        return void cancel.run({ ...row, reason: event.data.reason });
      case "RedeliveryRequested": {
        const dueAt = fromIso(event.data.dueAt);
        redeliver.run({ ...row, dueAt });
        return enqueue(id, dueAt);
      }
    }
  };
}

const fresh = { state: "pending", attempts: 0, attemptsBeforeRound: 0 } as const;

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
    .where(eq(deliveries.deliveryId, parameter("deliveryId")));
}
