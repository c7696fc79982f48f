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

/** One that was deleted or deactivated by somebody else, or has recovered, is left as it is. */
async function deactivate(
  deps: Dependencies,
  webhookId: string,
  commands: readonly WebhookCommand[],
  since: number | null,
): Promise<Result<void, ExecuteError>> {
  for (let triesLeft = MOST_TRIES; ;) {
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
      deps.logger.warn("webhook deactivated", { webhookId, reason });
      await cancelPending(deps, webhookId, "webhook-deactivated");
      return ok();
    }
    const error = refusedFor(appended.error, "VersionConflict", "WebhookRecovered");
    if (error.type === "WebhookRecovered") return ok();
    triesLeft -= 1;
    if (error.type === "StorageError" || triesLeft === 0) return err(error);
  }
}
