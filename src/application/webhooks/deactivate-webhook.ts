import { err, ok, type Result } from "neverthrow";
import { decideAll } from "../../domain/decider.ts";
import { streamId, type WebhookView } from "../../domain/ledger/index.ts";
import { isFailing } from "../../domain/retry/index.ts";
import { webhookDecider, type WebhookCommand } from "../../domain/webhook/index.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import type { Dependencies } from "../dependencies.ts";
import { load, type ExecuteError } from "../execute.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { webhookAggregate } from "./webhook.ts";

type Attempted = Pick<WebhookView, "webhookId" | "tenantId" | "url" | "retryConfig">;

/**
 * Deactivates a webhook after a failed attempt, if it is gone or has failed for too long. The webhook may change during
 * the attempt, and until the deactivation is in the ledger. What it has become counts: a 410 of a former URL does not
 * deactivate it, nor do failures before its last success. Attempts that fail later judge by what came since.
 *
 * @param attempted - the webhook as it was when the attempt was made
 */
export async function deactivateFailing(
  deps: Dependencies,
  attempted: Attempted,
  gone: boolean,
): Promise<Result<void, ExecuteError>> {
  const { webhookId, url, retryConfig } = attempted;
  const found = await deps.storage.queue.health(webhookId);
  if (found.isErr()) return err(found.error);
  const [since, now] = [found.value.failingSince, deps.clock.now()];
  if (!gone && !isFailing(retryConfig, since, now)) return ok();
  const commands: WebhookCommand[] = [];
  if (gone) commands.push({ type: "DeactivateWebhook", data: { reason: "gone", url } });
  if (since !== null)
    commands.push({ type: "DeactivateWebhook", data: { reason: "failing", failing: { since, now } } });
  return deactivate(deps, attempted, commands, since);
}

/** Leaves a webhook as it is if somebody else has deleted or deactivated it, or if it has recovered. */
async function deactivate(
  deps: Dependencies,
  { webhookId, tenantId }: Attempted,
  commands: readonly WebhookCommand[],
  since: number | null,
): Promise<Result<void, ExecuteError>> {
  for (let triesLeft = MOST_TRIES - 1; ; triesLeft -= 1) {
    const loaded = await load(deps, webhookAggregate, webhookId);
    if (loaded.isErr()) return err(loaded.error);
    const { state, version: expectedVersion } = loaded.value;
    const events = decideAll(webhookDecider, commands, state).unwrapOr([]);
    const [event] = events;
    if (event?.type !== "WebhookDeactivated") return ok();
    const { reason } = event.data;
    const appended = await deps.storage.writer.append({
      recordedAt: deps.clock.now(),
      streams: [{ streamId: streamId("webhook", webhookId), expectedVersion, events }],
      ...(reason === "failing" && since !== null && { stillFailing: { webhookId, since } }),
    });
    if (appended.isOk()) {
      deps.logger.warn("webhook deactivated", { webhookId, tenantId, reason });
      await cancelPending(deps, webhookId, "webhook-deactivated");
      return ok();
    }
    const error = refusedFor(appended.error, "VersionConflict", "WebhookRecovered");
    if (error.type === "WebhookRecovered") return ok();
    if (error.type === "StorageError" || triesLeft === 0) return err(error);
  }
}
