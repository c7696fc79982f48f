import { ResultAsync } from "neverthrow";
import { checkObject } from "./application/check-arguments.ts";
import type { Dependencies } from "./application/dependencies.ts";
import {
  reEncryptNames,
  reEncryptSecrets,
  type ReEncrypted,
  type ReEncryptError,
  type ReEncryptOptions,
} from "./application/secrets/re-encrypt.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import {
  importFromKemi,
  sourceNames,
  type KemiImport,
  type KemiSource,
} from "./application/webhooks/import-from-kemi.ts";
import {
  allListingNames,
  listAllWebhooks,
  type AllWebhooksListing,
  type WebhookPage,
} from "./application/webhooks/list-all-webhooks.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import type { KemiDatabase } from "./ports/kemi-database.ts";
import { storageError, type StorageError } from "./ports/storage-error.ts";
import { tenantWebhooksOf, type TenantWebhooks } from "./tenant-webhooks.ts";

/**
 * Webhooks of all tenants, each found by its id. `list` and `listForEvent` still cover one tenant; `listAll` covers
 * all.
 */
export interface Webhooks<Catalogue extends EventCatalogue> extends TenantWebhooks<Catalogue> {
  /**
   * Lists all tenants' webhooks in the order of their ids, page by page: pass a page's `next` as `after`. Only the
   * active ones, unless `activeOnly` is false. Secrets and header values are left out and not even read, so a webhook
   * whose secrets cannot be read is listed too.
   */
  listAll(listing?: AllWebhooksListing): ResultAsync<WebhookPage, StorageError | InvalidInput>;
  /**
   * Encrypts all secrets, private keys and header values that are in plain text or under an older key, under the
   * cipher's present key, while everything goes on. Once it resolves `Ok`, the older keys are no longer needed.
   *
   * `InvalidInput` if hookledger was opened without a cipher. After a `StorageError` what was encrypted stays so, and
   * another call does the rest. The reason is `secrets` if a value cannot be decrypted.
   */
  reEncryptSecrets(options?: ReEncryptOptions): ResultAsync<ReEncrypted, ReEncryptError>;
  /**
   * Registers the webhooks of a kemi database under their own ids. Running it again adds nothing. Rows that cannot be
   * taken over are in the answer, with the reason. `StorageError` if that database cannot be read (`unreachable`
   * without the package better-sqlite3).
   */
  importFromKemi(source: KemiSource): ResultAsync<KemiImport, StorageError | InvalidInput>;
}

export function webhooksOf<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  openCalls: OpenCalls,
): Webhooks<Catalogue> {
  const { track } = openCalls;
  return {
    ...tenantWebhooksOf<Catalogue>(deps, openCalls),
    listAll: (listing = {}) =>
      checkObject("listing", listing, allListingNames).asyncAndThen((given) => track(listAllWebhooks(deps, given))),
    reEncryptSecrets: (options = {}) =>
      checkObject("options", options, reEncryptNames).asyncAndThen((given) => track(reEncryptSecrets(deps, given))),
    importFromKemi: (source) =>
      checkObject("source", source, sourceNames).asyncAndThen((given) =>
        track(loadKemiDatabase().andThen((kemi) => importFromKemi(deps, kemi, given))),
      ),
  };
}

/** Loaded on demand: nothing else outside the SQLite storage needs the driver. */
function loadKemiDatabase(): ResultAsync<KemiDatabase, StorageError> {
  return ResultAsync.fromPromise(import("./adapters/sqlite/kemi-database.ts"), (cause) =>
    storageError("unreachable", "a kemi database is an SQLite file; to read it, install better-sqlite3", cause),
  ).map(({ createKemiDatabase }) => createKemiDatabase());
}
