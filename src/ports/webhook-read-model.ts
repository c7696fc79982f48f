import type { ResultAsync } from "neverthrow";
import type { WebhookView } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * The webhooks projection. It is written by `LedgerWriter.append`. A row that cannot be read harms nobody: it is read from its stream.
 * Where that cannot be read either, it is a `StorageError` with the reason `damaged` that names the webhook.
 */
export interface WebhookReadModel {
  get(webhookId: string): ResultAsync<WebhookView | null, StorageError>;

  /**
   * A number that grows with every change to any webhook or its secrets, whoever makes it: what was read at this
   * revision is still so while the revision is the same.
   */
  revision(): ResultAsync<number, StorageError>;

  /** All of the tenant's, in the order of their registration. */
  list(tenantId: string): ResultAsync<readonly WebhookView[], StorageError>;
}
