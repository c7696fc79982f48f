import { errAsync, okAsync, type Result, type ResultAsync } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import { isWebhookEvent, type WebhookView } from "../../domain/ledger/index.ts";
import type { SigningScheme } from "../../domain/signing/index.ts";
import { parseJson } from "../../domain/parse-json.ts";
import {
  checkHeaders,
  webhookDecider,
  type DeactivationReason,
  type Headers,
  type WebhookCommand,
  type WebhookConfig,
  type WebhookEvent,
  type WebhookRefusal,
  type WebhookState,
} from "../../domain/webhook/index.ts";
import type { SecretKind } from "../../ports/secret-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Aggregate } from "../execute.ts";
import { withHidden } from "../with-hidden.ts";

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
  /** By which its requests are signed. */
  readonly schemes: readonly SigningScheme[];
  /** `whpk_…`, for those who check `v1a`; null where it has no key pair. */
  readonly publicKey: string | null;
  /** Why it is not active; null while it is, and where it was registered so. */
  readonly deactivationReason: DeactivationReason | null;
}

/** A row of the projection, with what the secret store keeps for it. */
export interface Complete {
  readonly view: WebhookView;
  readonly secret: string;
  readonly headers: Headers;
  /** All secrets that sign, the newest first. */
  readonly signing: readonly string[];
  /** All private keys that sign, the newest first. */
  readonly keyPairs: readonly string[];
  /** When the first of these ends; null where none does. */
  readonly validUntil: EpochMs | null;
}

/**
 * Adds to the row what the secret store keeps for it. The two are read one after the other: where a change
 * came in between, so that the row names what is gone, the row is read again. Null if the webhook itself is gone.
 */
export function complete(
  deps: Pick<Dependencies, "storage" | "clock">,
  view: WebhookView,
): ResultAsync<Complete | null, StorageError> {
  const { storage, clock } = deps;
  return storage.secrets
    .ofWebhook(view.webhookId, clock.now())
    .andThen((stored): ResultAsync<Complete | null, StorageError> => {
      const values = new Map(stored.map(({ secretId, value }) => [secretId, value]));
      const secret = values.get(view.secretId);
      const headers = view.headers === null ? "{}" : values.get(view.headers.headersId);
      const isThere = view.keyPair === null || values.has(view.keyPair.keyPairId);
      if (secret !== undefined && headers !== undefined && isThere) {
        const ofKind = (wanted: SecretKind) => stored.filter(({ kind }) => kind === wanted).map(({ value }) => value);
        const [signing, keyPairs] = [ofKind("signing"), ofKind("key-pair")];
        const ends = stored.flatMap(({ expiresAt }) => expiresAt ?? []);
        const validUntil = ends.length === 0 ? null : Math.min(...ends);
        return parseHeaders(view.webhookId, headers).asyncAndThen((parsed) =>
          okAsync({ view, secret, headers: parsed, signing, keyPairs, validUntil }),
        );
      }
      return storage.webhooks.get(view.webhookId).andThen((present): ResultAsync<Complete | null, StorageError> => {
        if (present === null) return okAsync(null);
        return present.version === view.version ? errAsync(missingSecret(view.webhookId)) : complete(deps, present);
      });
    });
}

/** The webhook of a row, as its owner sees it; null if it was deleted meanwhile. */
export function withSecrets(
  deps: Pick<Dependencies, "storage" | "clock">,
  row: WebhookView,
): ResultAsync<Webhook | null, StorageError> {
  return complete(deps, row).map((completed) => {
    if (completed === null) return null;
    const { view, secret, headers } = completed;
    const { webhookId, tenantId, url, events, active, retryConfig, schemes, deactivationReason } = view;
    const publicKey = view.keyPair?.publicKey ?? null;
    const visible = { webhookId, tenantId, url, events, active, retryConfig, schemes, publicKey, deactivationReason };
    return withHidden(visible, { secret, headers });
  });
}

function parseHeaders(webhookId: string, text: string): Result<Headers, StorageError> {
  return parseJson(text)
    .andThen((parsed) => checkHeaders(parsed).mapErr(() => null))
    .mapErr(() => {
      const message = `the header values of the webhook ${webhookId} are damaged in the secret store; set its headers anew`;
      return storageError("secrets", message);
    });
}

function missingSecret(webhookId: string): StorageError {
  return storageError(
    "secrets",
    `a secret of the webhook ${webhookId} is missing from the secret store; give it another`,
  );
}
