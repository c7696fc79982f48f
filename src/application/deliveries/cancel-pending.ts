import { err, ok, type Result } from "neverthrow";
import type { CancellationReason, DeliveryCommand } from "../../domain/delivery/index.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import type { PendingCursor } from "../../ports/delivery-read-model.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { errorFacts } from "../error-facts.ts";
import { MOST_TRIES } from "../refused-append.ts";
import { changeDeliveries, DELIVERIES_A_COMMIT } from "./change-deliveries.ts";

type Deps = Pick<Dependencies, "storage" | "clock" | "wakeUps" | "logger" | "closing">;

/**
 * Cancels what is pending for a webhook. It stops if the webhook becomes active again, because what is published to it
 * from then on is to be sent. If this breaks off half-way, the worker cancels each remaining delivery when it comes
 * due, since it looks at the webhook before every attempt.
 */
export async function cancelPending(
  deps: Deps,
  webhookId: string,
  reason: CancellationReason,
  metadata: EventMetadata = {},
): Promise<void> {
  const cancelled = await cancelAll(deps, webhookId, { type: "CancelDelivery", data: { reason } }, metadata);
  if (cancelled.isErr()) {
    deps.logger.warn("pending deliveries could not be cancelled; each is cancelled, not sent, when it comes due", {
      webhookId,
      ...errorFacts(cancelled.error),
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
  const { webhooks, deliveries } = deps.storage;
  let after: PendingCursor | null = null;
  let triesLeft = MOST_TRIES;
  while (!deps.closing.aborted && triesLeft > 0) {
    // Read before the webhook, so that a change of the webhook in between counts as one since this revision.
    const revision = await webhooks.revision();
    if (revision.isErr()) return err(revision.error);
    const webhook = await webhooks.get(webhookId);
    if (webhook.isErr()) return err(webhook.error);
    if (webhook.value?.active === true) return ok();
    const page = await deliveries.listPending(webhookId, after, DELIVERIES_A_COMMIT);
    if (page.isErr()) return err(page.error);
    const last = page.value.at(-1);
    if (last === undefined) return ok();
    const changed = await changeDeliveries(deps, page.value, command, { metadata, webhooksRevision: revision.value });
    if (changed.isErr()) {
      if (changed.error.type === "StorageError") return err(changed.error);
      triesLeft -= 1;
      continue;
    }
    triesLeft = MOST_TRIES;
    after = { dueAt: last.nextAttemptAt ?? 0, deliveryId: last.deliveryId };
  }
  return triesLeft > 0 ? ok() : err(storageError("locked", `webhooks changed during each of ${MOST_TRIES} tries`));
}
