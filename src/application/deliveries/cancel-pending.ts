import { err, ok, type Result } from "neverthrow";
import type { CancellationReason, DeliveryCommand } from "../../domain/delivery/index.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import type { PendingCursor } from "../../ports/delivery-read-model.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { changeDeliveries } from "./change-deliveries.ts";

type Deps = Pick<Dependencies, "storage" | "clock" | "wakeUps" | "logger" | "closing">;

/** So many share a commit: a few milliseconds' work, and whatever else there is to write comes in between. */
const PAGE = 200;

/**
 * Cancels what is pending for a webhook. Should this break off half-way, the worker cancels the rest as each
 * comes due, since it asks about the webhook before every attempt.
 */
export async function cancelPending(
  deps: Deps,
  webhookId: string,
  reason: CancellationReason,
  metadata: EventMetadata = {},
): Promise<void> {
  const cancelled = await cancelAll(deps, webhookId, { type: "CancelDelivery", data: { reason } }, metadata);
  if (cancelled.isErr()) {
    deps.logger.warn("pending deliveries could not be cancelled; each is when it comes due, and is not sent", {
      webhookId,
      error: cancelled.error.message,
    });
  }
  deps.wakeUps.notify();
}

async function cancelAll(
  deps: Deps,
  webhookId: string,
  command: DeliveryCommand,
  metadata: EventMetadata,
): Promise<Result<void, StorageError>> {
  let after: PendingCursor | null = null;
  while (!deps.closing.aborted) {
    const page = await deps.storage.deliveries.listPending(webhookId, after, PAGE);
    if (page.isErr()) return err(page.error);
    const last = page.value.at(-1);
    if (last === undefined) break;
    const changed = await changeDeliveries(deps, page.value, command, metadata);
    if (changed.isErr()) return err(changed.error);
    after = { dueAt: last.nextAttemptAt ?? 0, deliveryId: last.deliveryId };
  }
  return ok();
}
