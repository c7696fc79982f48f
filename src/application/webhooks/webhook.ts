import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { isWebhookEvent, type WebhookView } from "../../domain/ledger/index.ts";
import {
  webhookDecider,
  type DeactivationReason,
  type Headers,
  type WebhookCommand,
  type WebhookConfig,
  type WebhookEvent,
  type WebhookRefusal,
  type WebhookState,
} from "../../domain/webhook/index.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { StoredSecret } from "../../ports/secret-store.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Aggregate } from "../execute.ts";

export const webhookAggregate: Aggregate<WebhookState, WebhookCommand, WebhookEvent, WebhookRefusal> = {
  category: "webhook",
  decider: webhookDecider,
  owns: isWebhookEvent,
};

/** A webhook, with what only its owner may see. `secret` and `headers` are readable but not enumerable. */
export interface Webhook extends WebhookConfig {
  readonly tenantId: string;
  /** Custom headers, sent with every attempt. */
  readonly headers: Headers;
  /** Why it is not active; null while it is, and where it was registered so. */
  readonly deactivationReason: DeactivationReason | null;
}

/** Adds to the row of the projection what the secret store keeps for it. */
export function withSecrets(
  { storage, clock }: Pick<Dependencies, "storage" | "clock">,
  view: WebhookView,
): ResultAsync<Webhook, StorageError> {
  return storage.secrets.ofWebhook(view.webhookId, clock.now()).andThen((secrets) => {
    const secret = secrets.find(({ secretId }) => secretId === view.secretId)?.value;
    if (secret === undefined) return errAsync(missingSecret(view.webhookId));
    const { webhookId, tenantId, url, events, active, retryConfig, deactivationReason } = view;
    const visible = { webhookId, tenantId, url, events, active, retryConfig, deactivationReason };
    return okAsync(withHidden(visible, { secret, headers: headerValues(view, secrets) }));
  });
}

/** The values of the custom headers that the webhook has now. */
export function headerValues(view: WebhookView, secrets: readonly StoredSecret[]): Headers {
  const stored = secrets.find(({ secretId }) => secretId === view.headers?.headersId);
  return stored === undefined ? {} : parseHeaders(stored.value);
}

function parseHeaders(text: string): Headers {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) return {};
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

/** `JSON.stringify`, spread and `inspect` look at enumerable properties only, so logging a webhook tells no secret. */
function withHidden<Visible extends object, Hidden extends object>(visible: Visible, hidden: Hidden): Visible & Hidden {
  const copy = { ...visible, ...hidden };
  for (const name of Object.keys(hidden)) Object.defineProperty(copy, name, { enumerable: false });
  return copy;
}

export function missingSecret(webhookId: string): StorageError {
  return storageError("unexpected", `the secret of the webhook ${webhookId} is missing from the secret store; rotate it`);
}
