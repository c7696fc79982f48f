import { err, ok, type Result } from "neverthrow";
import type { WebhookView } from "../../domain/ledger/index.ts";
import { isFailing } from "../../domain/retry/index.ts";
import type { DeactivateWebhook } from "../../domain/webhook/index.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { webhookAggregate } from "./webhook.ts";

type Attempted = Pick<WebhookView, "webhookId" | "url" | "retryConfig">;

/**
 * After a failed attempt: deactivates the webhook if it is gone, or if it has failed for too long. It may have been
 * changed during the attempt. So it counts what it has become, and a 410 of a URL that it had before does not.
 *
 * @param attempted - the webhook as the attempt was made to it
 */
export async function deactivateFailing(
  deps: Dependencies,
  attempted: Attempted,
  gone: boolean,
): Promise<Result<void, ExecuteError>> {
  const { webhookId } = attempted;
  const since = await deps.storage.queue.failingSince(webhookId);
  if (since.isErr()) return err(since.error);
  const isDue = ({ retryConfig }: Attempted) => isFailing(retryConfig, since.value, deps.clock.now());
  if (!gone && !isDue(attempted)) return ok();
  const found = await deps.storage.webhooks.get(webhookId);
  if (found.isErr()) return err(found.error);
  const present = found.value;
  if (present === null) return ok();
  const { url } = attempted;
  if (gone && present.url === url) return deactivate(deps, webhookId, { reason: "gone", url });
  return isDue(present) ? deactivate(deps, webhookId, { reason: "failing" }) : ok();
}

/** One that was deleted, or deactivated by somebody else, is left as it is. */
async function deactivate(
  deps: Dependencies,
  webhookId: string,
  data: DeactivateWebhook["data"],
): Promise<Result<void, ExecuteError>> {
  const events = await execute(deps, webhookAggregate, webhookId, [{ type: "DeactivateWebhook", data }]);
  if (events.isOk()) {
    if (events.value.length === 0) return ok();
    deps.logger.warn("webhook deactivated", { webhookId, reason: data.reason });
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
