import { err, ok, type Result } from "neverthrow";
import type { WebhookView } from "../../domain/ledger/index.ts";
import { isFailing } from "../../domain/retry/index.ts";
import type { DeactivationReason } from "../../domain/webhook/index.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { webhookAggregate } from "./webhook.ts";

/** After a failed attempt: deactivates the webhook if it is gone, or if it has failed for too long. */
export async function deactivateFailing(
  deps: Dependencies,
  { webhookId, retryConfig }: WebhookView,
  gone: boolean,
): Promise<Result<void, ExecuteError>> {
  if (gone) return deactivate(deps, webhookId, "gone");
  const since = await deps.storage.queue.failingSince(webhookId);
  if (since.isErr()) return err(since.error);
  return isFailing(retryConfig, since.value, deps.clock.now()) ? deactivate(deps, webhookId, "failing") : ok();
}

/** One that was deleted, or deactivated by somebody else, is left as it is. */
async function deactivate(
  deps: Dependencies,
  webhookId: string,
  reason: DeactivationReason,
): Promise<Result<void, ExecuteError>> {
  const events = await execute(deps, webhookAggregate, webhookId, [{ type: "DeactivateWebhook", data: { reason } }]);
  if (events.isOk()) {
    if (events.value.length === 0) return ok();
    deps.logger.warn("webhook deactivated", { webhookId, reason });
    await cancelPending(deps, webhookId, "webhook-deactivated");
    return ok();
  }
  const { error } = events;
  switch (error.type) {
    case "StorageError":
    case "DamagedEvent":
    case "VersionConflict":
      return err(error);
    case "NotRegistered":
    case "WebhookAlreadyExists":
    case "InvalidInput":
      return ok();
  }
}
