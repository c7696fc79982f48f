import { ok, safeTry, type Result, type ResultAsync } from "neverthrow";
import { parseRetryConfig } from "../../domain/retry/index.ts";
import {
  checkSecret,
  type Headers,
  type WebhookCommand,
  type WebhookNotFound,
  type WebhookRefusal,
} from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { requireWebhook } from "./find-webhooks.ts";
import { refused } from "./refused.ts";
import { prepareSecret } from "./rotate-secret.ts";
import {
  checkSubscription,
  checkTarget,
  prepareHeaders,
  type InputError,
  type WebhookSettings,
} from "./webhook-input.ts";
import { webhookAggregate, type Webhook } from "./webhook.ts";

export type WebhookChanges = { readonly [Name in keyof WebhookSettings]?: WebhookSettings[Name] | undefined };

export type UpdateError =
  InputError | Exclude<WebhookRefusal, { type: "NotRegistered" }> | WebhookNotFound | ExecuteError;

interface Change {
  readonly commands: readonly WebhookCommand[];
  readonly secrets: readonly SecretWrite[];
}

const nothing: Change = { commands: [], secrets: [] };

/**
 * Changes what is given and leaves the rest: one event for each setting that really changes, none for one that
 * already is so. A new secret takes over at once; `rotateSecret` lets the old one sign on for a while.
 * Deactivating cancels what is still pending.
 */
export function updateWebhook(
  deps: Dependencies,
  webhookId: string,
  changes: WebhookChanges,
): ResultAsync<Webhook, UpdateError> {
  return safeTry(async function* () {
    const present = yield* requireWebhook(deps, webhookId);
    const parts: readonly Change[] = [
      yield* urlChange(deps, changes.url),
      yield* subscriptionChange(deps, changes.events),
      yield* retryChange(changes.retryConfig),
      yield* headersChange(deps, present, changes.headers),
      yield* secretChange(deps, present, changes.secret),
      yield* activeChange(changes.active),
    ];
    const commands = parts.flatMap((part) => part.commands);
    const secrets = parts.flatMap((part) => part.secrets);
    // What it was deactivated for is over: it is not failing until an attempt says so.
    const health =
      changes.active === true && !present.active
        ? [{ webhookId, at: deps.clock.now(), failing: false, pausedUntil: null }]
        : [];
    const events = yield* execute(deps, webhookAggregate, webhookId, commands, { secrets, health }).mapErr((error) =>
      refused(webhookId, error),
    );
    if (events.some(({ type }) => type === "WebhookDeactivated")) {
      await cancelPending(deps, webhookId, "webhook-deactivated");
    }
    return ok(yield* requireWebhook(deps, webhookId));
  });
}

type Changed = Result<Change, InputError>;

function urlChange(deps: Dependencies, url: string | undefined): Changed {
  if (url === undefined) return ok(nothing);
  return checkTarget(deps, url).map(() => ({ commands: [{ type: "ChangeUrl", data: { url } }], secrets: [] }));
}

function subscriptionChange(deps: Dependencies, events: readonly string[] | undefined): Changed {
  if (events === undefined) return ok(nothing);
  return checkSubscription(deps, events).map((checked) => ({
    commands: [{ type: "ChangeSubscription", data: { events: checked } }],
    secrets: [],
  }));
}

function retryChange(retryConfig: WebhookChanges["retryConfig"]): Changed {
  if (retryConfig === undefined) return ok(nothing);
  return parseRetryConfig(retryConfig).map(() => ({
    commands: [{ type: "ChangeRetryConfig", data: { retryConfig } }],
    secrets: [],
  }));
}

function headersChange(deps: Dependencies, present: Webhook, headers: Headers | undefined): Changed {
  if (headers === undefined) return ok(nothing);
  return prepareHeaders(deps, present.webhookId, headers).map(({ reference, writes }) =>
    sameHeaders(headers, present.headers)
      ? nothing
      : { commands: [{ type: "ChangeHeaders", data: { headers: reference } }], secrets: writes },
  );
}

function secretChange(deps: Dependencies, present: Webhook, secret: string | undefined): Changed {
  if (secret === undefined || secret === present.secret) return ok(nothing);
  return checkSecret(secret).map((checked) => {
    const { command, writes } = prepareSecret(deps, present.webhookId, checked, 0);
    return { commands: [command], secrets: writes };
  });
}

function activeChange(active: boolean | undefined): Changed {
  if (active === undefined) return ok(nothing);
  return checkFlag("active", active).map((wanted) => ({
    commands: [wanted ? { type: "ActivateWebhook" } : { type: "DeactivateWebhook", data: { reason: "operator" } }],
    secrets: [],
  }));
}

function sameHeaders(left: Headers, right: Headers): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
