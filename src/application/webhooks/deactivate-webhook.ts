import { err, ok, type Result } from "neverthrow";
import type { WebhookView } from "../../domain/ledger/index.ts";
import { isFailing } from "../../domain/retry/index.ts";
import type { WebhookCommand } from "../../domain/webhook/index.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { webhookAggregate } from "./webhook.ts";

type Attempted = Pick<WebhookView, "webhookId" | "url" | "retryConfig">;

/**
 * After a failed attempt: deactivates the webhook if it is gone, or if it has failed for too long. It may have been
 * changed during the attempt, and until this is in the ledger. So it counts what it has become, and neither a 410 of a URL that it had
 * before does, nor failures before its last success. Whoever fails after that judges by what came since.
 *
 * @param attempted - the webhook as the attempt was made to it
 */
export async function deactivateFailing(
  deps: Dependencies,
  { webhookId, url, retryConfig }: Attempted,
  gone: boolean,
): Promise<Result<void, ExecuteError>> {
  const found = await deps.storage.queue.health(webhookId);
  if (found.isErr()) return err(found.error);
  const [since, now] = [found.value.failingSince, deps.clock.now()];
  if (!gone && !isFailing(retryConfig, since, now)) return ok();
  const commands: WebhookCommand[] = [];
  if (gone) commands.push({ type: "DeactivateWebhook", data: { reason: "gone", url } });
  if (since !== null)
    commands.push({ type: "DeactivateWebhook", data: { reason: "failing", failing: { since, now } } });
  return deactivate(deps, webhookId, commands, since);
}

/** One that was deleted, or deactivated by somebody else, is left as it is. */
async function deactivate(
  deps: Dependencies,
  webhookId: string,
  commands: readonly WebhookCommand[],
  since: number | null,
): Promise<Result<void, ExecuteError>> {
  const events = await execute(deps, webhookAggregate, webhookId, commands, (decided) => {
    const isForFailing = decided.some(({ type, data }) => type === "WebhookDeactivated" && data.reason === "failing");
    return isForFailing && since !== null ? { stillFailing: { webhookId, since } } : {};
  });
  if (events.isOk()) {
    for (const { type, data } of events.value) {
      if (type !== "WebhookDeactivated") continue;
      deps.logger.warn("webhook deactivated", { webhookId, reason: data.reason });
      await cancelPending(deps, webhookId, "webhook-deactivated");
    }
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
