import { byDueTime } from "../../domain/delivery/index.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { ClaimRow } from "./claim-statements.ts";

/**
 * Returns the delivery as it was when it was claimed. Written out field by field, because it is made for every attempt.
 */
export function toView(row: ClaimRow): DeliveryView {
  return {
    deliveryId: row.deliveryId,
    messageId: row.messageId,
    webhookId: row.webhookId,
    tenantId: row.tenantId,
    event: row.event,
    state: "pending",
    attempts: row.attempts,
    attemptsBeforeRound: row.attemptsBeforeRound,
    nextAttemptAt: row.dueAt,
    cancellationReason: null,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/**
 * Returns what a worker is given, the longest due first. A body comes with one row of its message, and is given with
 * all.
 */
export function toClaimed(rows: readonly ClaimRow[]): readonly ClaimedDelivery[] {
  const bodies = new Map<string, Uint8Array>();
  for (const { messageId, body } of rows) if (body !== null) bodies.set(messageId, Buffer.from(body));
  return [...rows].sort(byDueTime).map((row) => {
    const { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt, version } = row;
    const { webhooksRevision } = row;
    return {
      delivery: {
        status: "pending",
        deliveryId,
        messageId,
        webhookId,
        tenantId,
        event,
        attempts,
        attemptsBeforeRound,
        dueAt,
      },
      version,
      body: bodies.get(messageId) ?? null,
      webhooksRevision,
    };
  });
}
