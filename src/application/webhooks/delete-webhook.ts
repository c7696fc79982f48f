import { errAsync, ok, okAsync, safeTry, type ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { refusedChange } from "./refused.ts";
import { webhookAggregate } from "./webhook.ts";

export type DeleteError = InvalidInput | ExecuteError;

/**
 * Deletes a webhook, removes its secrets and cancels what is still pending. Its history stays in the ledger.
 *
 * @returns whether there was such a webhook, as kemi's `delete` does
 */
export function deleteWebhook(
  deps: Dependencies,
  webhookId: string,
  { actor }: Attribution,
): ResultAsync<boolean, DeleteError> {
  return safeTry(async function* () {
    const metadata = yield* actorMetadata(actor);
    const deleted = yield* execute(deps, webhookAggregate, webhookId, [{ type: "DeleteWebhook" }], {
      secrets: [{ op: "forget", webhookId }],
      metadata,
    })
      .map((events) => events.length > 0)
      .mapErr((error) => refusedChange(webhookId, error))
      .orElse((error): ResultAsync<boolean, DeleteError> =>
        error.type === "WebhookNotFound" ? okAsync(false) : errAsync(error),
      );
    await cancelPending(deps, webhookId, "webhook-deleted", metadata);
    return ok(deleted);
  });
}
