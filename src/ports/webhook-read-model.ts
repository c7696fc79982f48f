import type { ResultAsync } from "neverthrow";
import type { WebhookView } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

export interface WebhookFilter {
  /** Leaves out those of which the row says that they are not active. */
  readonly activeOnly: boolean;
  /** Webhooks whose id sorts after this one. */
  readonly after?: string;
  readonly limit: number;
}

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

  /**
   * All tenants', by id, byte by byte. Whoever goes on after each page's last sees no webhook twice, and misses none that was there all the
   * time. Where a damaged row does not say whether it is active, it is on the page, as its stream tells it.
   */
  listAll(filter: WebhookFilter): ResultAsync<readonly WebhookView[], StorageError>;
}
