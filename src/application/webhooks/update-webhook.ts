import { err, ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import type { WebhookView } from "../../domain/ledger/index.ts";
import { parseRetryConfig } from "../../domain/retry/index.ts";
import {
  checkSecret,
  webhookNotFound,
  type WebhookHeaders,
  type WebhookCommand,
  type WebhookNotFound,
  type WebhookRefusal,
} from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { cancelPending } from "../deliveries/cancel-pending.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { complete } from "./complete.ts";
import { changedWebhook, requireView } from "./find-webhooks.ts";
import { prepareSchemes, putKeyPair } from "./key-pair.ts";
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

export type WebhookChanges = {
  readonly [Name in keyof WebhookSettings]?: WebhookSettings[Name] | undefined;
} & Attribution;

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
    const metadata = yield* actorMetadata(changes.actor);
    const present = yield* presentSettings(deps, webhookId);
    const parts: readonly Change[] = [
      yield* urlChange(deps, changes.url),
      yield* subscriptionChange(deps, changes.events),
      yield* retryChange(changes.retryConfig),
      yield* headersChange(deps, present, changes.headers),
      yield* secretChange(deps, present, changes.secret),
      yield* signingChange(deps, present, changes),
      yield* activeChange(changes.active),
    ];
    const commands = parts.flatMap((part) => part.commands);
    const secrets = parts.flatMap((part) => part.secrets);
    // What it was deactivated for is over: it is not failing until an attempt says so.
    const health =
      changes.active === true && !present.view.active
        ? [{ webhookId, at: deps.clock.now(), failing: false, pausedUntil: null }]
        : [];
    const accompaniment = { secrets, health, metadata };
    const events = yield* execute(deps, webhookAggregate, webhookId, commands, accompaniment).mapErr((error) =>
      refused(webhookId, error),
    );
    if (events.some(({ type }) => type === "WebhookDeactivated")) {
      await cancelPending(deps, webhookId, "webhook-deactivated", metadata);
    }
    return ok(yield* changedWebhook(deps, webhookId));
  });
}

interface Present {
  readonly view: WebhookView;
  /** Null where it cannot be read, as the headers: any other is a change then. */
  readonly secret: string | null;
  readonly headers: WebhookHeaders | null;
}

function presentSettings(deps: Dependencies, webhookId: string): ResultAsync<Present, StorageError | WebhookNotFound> {
  return requireView(deps, webhookId).andThen((view) =>
    complete(deps, view)
      .andThen((completed) => (completed === null ? err(webhookNotFound(webhookId)) : ok<Present>(completed)))
      .orElse((error) =>
        error.type === "StorageError" && error.reason === "secrets"
          ? ok<Present>({ view, secret: null, headers: null })
          : err(error),
      ),
  );
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

function headersChange(deps: Dependencies, present: Present, headers: WebhookHeaders | undefined): Changed {
  if (headers === undefined) return ok(nothing);
  return prepareHeaders(deps, present.view.webhookId, headers).map(({ reference, writes }) =>
    present.headers !== null && sameHeaders(headers, present.headers)
      ? nothing
      : { commands: [{ type: "ChangeHeaders", data: { headers: reference } }], secrets: writes },
  );
}

function secretChange(deps: Dependencies, present: Present, secret: string | undefined): Changed {
  if (secret === undefined || secret === present.secret) return ok(nothing);
  return checkSecret(secret).map((checked) => {
    const { command, writes } = prepareSecret(deps, present.view.webhookId, checked, 0);
    return { commands: [command], secrets: writes };
  });
}

/** A new private key takes over at once, as a new secret does; the first one brings its scheme along. */
function signingChange(
  deps: Dependencies,
  { view, secret }: Present,
  { schemes, keyPair }: Pick<WebhookChanges, "schemes" | "keyPair">,
): ResultAsync<Change, InputError> {
  if (schemes === undefined && keyPair === undefined) return okAsync(nothing);
  const wanted = { schemes: schemes ?? [...new Set([...view.schemes, "v1a" as const])], keyPair };
  const presentKey = view.keyPair?.publicKey ?? null;
  const isKept = keyPair === undefined && presentKey !== null;
  return prepareSchemes(deps, view.webhookId, wanted, isKept).map((prepared) => {
    const change: WebhookCommand = { type: "ChangeSchemes", data: { schemes: prepared.schemes } };
    const { keyPair: made } = prepared;
    if (made === null || (secret !== null && made.reference.publicKey === presentKey))
      return { commands: [change], secrets: [] };
    const { command, writes } = putKeyPair(deps, view.webhookId, made, 0);
    return { commands: [command, change], secrets: writes };
  });
}

function activeChange(active: boolean | undefined): Changed {
  if (active === undefined) return ok(nothing);
  return checkFlag("active", active).map((wanted) => ({
    commands: [wanted ? { type: "ActivateWebhook" } : { type: "DeactivateWebhook", data: { reason: "operator" } }],
    secrets: [],
  }));
}

function sameHeaders(left: WebhookHeaders, right: WebhookHeaders): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
