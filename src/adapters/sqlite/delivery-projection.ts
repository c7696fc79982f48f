import type { DeliveryEvent, DeliveryScheduled } from "../../domain/delivery/index.ts";
import { fromIso, type EpochMs } from "../../domain/instant.ts";
import { prepareDeliveryChanges } from "./delivery-changes.ts";
import type { EventPlace, FindBeginning } from "./event-place.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** Does in SQL what `deliveryView` folds in memory: one small statement for each event type. */
export type ProjectDelivery = (deliveryId: string, event: DeliveryEvent, at: EventPlace) => Projected;

/** Whether there was a row to change, at the version before if that was asked for. */
export type Projected = boolean;

export function createDeliveryProjection(
  session: Pick<Session, "orm" | "prepare">,
  buffers: WriteBuffers,
  findBeginning: FindBeginning,
): ProjectDelivery {
  const { touch, fail, succeed, exhaust, cancel, redeliver, webhookOf } = prepareDeliveryChanges(session);

  /** Tells the webhook's queue when the delivery is due. */
  function enqueue(id: string, dueAt: EpochMs): void {
    const row = webhookOf.get({ deliveryId: id });
    if (row !== undefined) buffers.queues.due(row[0], dueAt);
  }

  function add(id: string, { data }: DeliveryScheduled, { version, recordedAt }: EventPlace, createdAt: EpochMs): void {
    const { messageId, webhookId: to, tenantId, event } = data;
    const dueAt = fromIso(data.dueAt);
    buffers.deliveries.add({
      deliveryId: id,
      messageId,
      webhookId: to,
      tenantId,
      event,
      state: "pending",
      attempts: 0,
      attemptsBeforeRound: 0,
      nextAttemptAt: dueAt,
      version,
      createdAt,
      updatedAt: recordedAt,
    });
    buffers.queues.due(to, dueAt);
  }

  return (id, event, at) => {
    const { version, recordedAt: updatedAt } = at;
    const guard = at.isGuarded === true ? version - 1 : null;
    const row = { deliveryId: id, version, updatedAt, guard };
    if (event.type !== "DeliveryScheduled") buffers.deliveries.settle();
    switch (event.type) {
      case "DeliveryScheduled": {
        const { createdAt, repeated } = findBeginning(event.type, at);
        if (!repeated) {
          add(id, event, at, createdAt);
          return true;
        }
        buffers.deliveries.settle();
        return touch.run(row) > 0;
      }
      case "DeliveryAttemptFailed": {
        const { attempt, retryAt } = event.data;
        const dueAt = retryAt === null ? null : fromIso(retryAt);
        const found = fail.run({ ...row, attempt, retryAt: dueAt }) > 0;
        if (found && dueAt !== null) enqueue(id, dueAt);
        return found;
      }
      case "DeliverySucceeded":
        // The usual outcome is written out: spreading an object and adding to it takes V8 a microsecond.
        return succeed.run({ deliveryId: id, version, updatedAt, guard, attempt: event.data.attempt }) > 0;
      case "DeliveryExhausted":
        return exhaust.run(row) > 0;
      case "DeliveryCancelled":
        return cancel.run({ ...row, reason: event.data.reason }) > 0;
      case "RedeliveryRequested": {
        const dueAt = fromIso(event.data.dueAt);
        const found = redeliver.run({ ...row, dueAt }) > 0;
        if (found) enqueue(id, dueAt);
        return found;
      }
    }
  };
}
