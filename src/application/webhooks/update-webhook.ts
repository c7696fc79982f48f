import { err, ok, safeTry, type ResultAsync } from "neverthrow";
import type { NamesOf } from "../../domain/known-names.ts";
import { webhookNotFound, type WebhookNotFound } from "../../domain/webhook/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { actorMetadata, attributionNames, type Attribution } from "../attribution.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute } from "../execute.ts";
import { changesTo, type Changes, type Present } from "./changes-to.ts";
import { complete, incomplete } from "./complete.ts";
import { changedWebhook, requireView } from "./find-webhooks.ts";
import { isTaken } from "./key-pair.ts";
import { refusedChange, type ChangeError } from "./refused.ts";
import { settingNames, type InputError } from "./webhook-input.ts";
import { webhookAggregate, type Webhook } from "./webhook.ts";

/** The settings to change, and who changes them. */
export interface WebhookChanges extends Changes, Attribution {}

export const changeNames: NamesOf<WebhookChanges> = { ...settingNames, paused: true, ...attributionNames };

export type UpdateError = InputError | ChangeError;

/**
 * Changes what is given and leaves the rest: one event for each setting that really changes, none for one that is
 * already so. A new secret takes over at once; `rotateSecret` lets the old one go on signing for a while. Deactivating
 * cancels what is still pending; pausing lets it wait. Neither breaks off attempts under way.
 */
export function updateWebhook(
  deps: Dependencies,
  webhookId: string,
  changes: WebhookChanges,
): ResultAsync<Webhook, UpdateError> {
  return safeTry(async function* () {
    const metadata = yield* actorMetadata(changes.actor);
    const present = yield* presentSettings(deps, webhookId);
    const { commands, secrets } = yield* changesTo(deps, present, changes);
    const events = yield* execute(deps, webhookAggregate, webhookId, commands, (decided) => ({
      metadata,
      secrets: secrets.filter((write) => isTaken(write, decided)),
      // The failures from before no longer count: the webhook is not failing until an attempt says so.
      health: decided.some(({ type }) => type === "WebhookActivated" || type === "WebhookResumed")
        ? [{ webhookId, at: deps.clock.now(), failing: false, pausedUntil: null }]
        : [],
    })).mapErr((error) => refusedChange(webhookId, error));
    if (events.some(({ type }) => type === "WebhookResumed")) deps.wakeUps.notify();
    if (events.some(({ type }) => type === "WebhookDeactivated")) {
      await cancelPending(deps, webhookId, "webhook-deactivated", metadata);
    }
    return ok(yield* changedWebhook(deps, webhookId));
  });
}

/** If the webhook's secrets cannot be read, any secret that is given counts as a change. */
function presentSettings(deps: Dependencies, webhookId: string): ResultAsync<Present, StorageError | WebhookNotFound> {
  return requireView(deps, webhookId)
    .andThen((view) => complete(deps, view).orElse(incomplete(view)))
    .andThen((present) => (present === null ? err(webhookNotFound(webhookId)) : ok(present)));
}
