import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { ClaimRow } from "./claim-statements.ts";
import type { HotStatement } from "./hot-statement.ts";

export function toClaimed(row: ClaimRow, body: Uint8Array | null, webhooksRevision: number): ClaimedDelivery {
  const [deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt, version] = row;
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
    body,
    webhooksRevision,
  };
}

/**
 * Reads each message once, however many of its deliveries are claimed. It reads text and encodes it: a blob takes
 * longer, because the driver allocates memory for each outside of Node's pool.
 */
export function bodiesOf(
  rows: readonly ClaimRow[],
  statement: HotStatement<readonly [messageId: string, body: string | null]>,
): ReadonlyMap<string, Uint8Array> {
  const messageIds = JSON.stringify([...new Set(rows.map(([, messageId]) => messageId))]);
  const bodies = new Map<string, Uint8Array>();
  for (const [messageId, body] of statement.all({ messageIds })) {
    if (body !== null) bodies.set(messageId, Buffer.from(body));
  }
  return bodies;
}
