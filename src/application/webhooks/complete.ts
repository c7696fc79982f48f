import { err, errAsync, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { WebhookView } from "../../domain/ledger/index.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { checkHeaders, type WebhookHeaders } from "../../domain/webhook/index.ts";
import type { SecretKind, StoredSecret } from "../../ports/secret-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";

/** A row of the projection, with what the secret store keeps for it. */
export interface Complete {
  readonly view: WebhookView;
  readonly secret: string;
  readonly headers: WebhookHeaders;
  /** All secrets that sign, the newest first. */
  readonly signing: readonly string[];
  /** All private keys that sign, the newest first. */
  readonly keyPairs: readonly string[];
  /** When the first of these ends; null if none does. */
  readonly validUntil: EpochMs | null;
}

type Reads = Pick<Dependencies, "storage" | "clock">;

/** Adds to the row what the secret store keeps for it. Null if the webhook is gone. */
export function complete(deps: Reads, view: WebhookView): ResultAsync<Complete | null, StorageError> {
  return deps.storage.secrets
    .ofWebhook(view.webhookId, deps.clock.now())
    .andThen((stored) => joined(deps, view, stored));
}

/**
 * Does the same for many rows, in their order, with one query to the secret store. Webhooks that are gone are left out.
 */
export function completeAll(
  deps: Reads,
  views: readonly WebhookView[],
): ResultAsync<readonly Complete[], StorageError> {
  const byWebhook = new Map(views.map(({ webhookId }): [string, StoredSecret[]] => [webhookId, []]));
  return deps.storage.secrets
    .ofWebhooks([...byWebhook.keys()], deps.clock.now())
    .andThen((stored) => {
      for (const secret of stored) byWebhook.get(secret.webhookId)?.push(secret);
      return ResultAsync.combine(views.map((view) => joined(deps, view, byWebhook.get(view.webhookId) ?? [])));
    })
    .map((all) => all.filter((one) => one !== null));
}

/** A row whose secrets cannot be read. */
export interface Incomplete {
  readonly view: WebhookView;
  readonly secret: null;
  readonly headers: null;
}

/** Turns an error of the reason `secrets` into a webhook without them. Any other error stays one. */
export function incomplete(view: WebhookView) {
  return (error: StorageError): Result<Incomplete, StorageError> =>
    error.reason === "secrets" ? ok({ view, secret: null, headers: null }) : err(error);
}

/**
 * Joins a row with its secrets. They are read one after the other: if the row names a secret that is gone, because of a
 * change in between, both are read again.
 */
function joined(
  deps: Reads,
  view: WebhookView,
  stored: readonly StoredSecret[],
): ResultAsync<Complete | null, StorageError> {
  const values = new Map(stored.map(({ secretId, value }) => [secretId, value]));
  const secret = values.get(view.secretId);
  const headers = view.headers === null ? "{}" : values.get(view.headers.headersId);
  const isThere = view.keyPair === null || values.has(view.keyPair.keyPairId);
  if (secret !== undefined && headers !== undefined && isThere) {
    // A secret that was given twice signs once.
    const ofKind = (wanted: SecretKind) => [
      ...new Set(stored.filter(({ kind }) => kind === wanted).map(({ value }) => value)),
    ];
    const [signing, keyPairs] = [ofKind("signing"), ofKind("key-pair")];
    const ends = stored.flatMap(({ expiresAt }) => expiresAt ?? []);
    const validUntil = ends.length === 0 ? null : Math.min(...ends);
    return parseHeaders(view.webhookId, headers).asyncAndThen((parsed) =>
      okAsync({ view, secret, headers: parsed, signing, keyPairs, validUntil }),
    );
  }
  return deps.storage.webhooks.get(view.webhookId).andThen((present): ResultAsync<Complete | null, StorageError> => {
    if (present === null) return okAsync(null);
    return present.version === view.version ? errAsync(missingSecret(view.webhookId)) : complete(deps, present);
  });
}

function parseHeaders(webhookId: string, text: string): Result<WebhookHeaders, StorageError> {
  return parseJson(text)
    .andThen((parsed) => checkHeaders(parsed).mapErr(() => null))
    .mapErr(() => {
      const what = `the header values of the webhook ${webhookId} are damaged in the secret store`;
      return storageError("secrets", `${what}; update its headers`);
    });
}

function missingSecret(webhookId: string): StorageError {
  const what = `a secret of the webhook ${webhookId} is missing from the secret store`;
  return storageError("secrets", `${what}; give the webhook another`);
}
