import type { ResultAsync } from "neverthrow";
import type { WebhookView } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

export interface WebhookFilter {
  /** Leaves out those whose row says that they are not active. */
  readonly activeOnly: boolean;
  /** Webhooks whose id sorts after this one. */
  readonly after?: string;
  readonly limit: number;
}

/**
 * The webhooks projection, which `LedgerWriter.append` writes. A row that cannot be read does no harm: the webhook is
 * then read from its stream. If the stream cannot be read either, the answer is a `StorageError` with the reason
 * `damaged` that names the webhook.
 */
export interface WebhookReadModel {
  get(webhookId: string): ResultAsync<WebhookView | null, StorageError>;

  /**
   * Returns a number that grows with every change to any webhook or its secrets, whoever makes it. What was read at
   * this revision is still true while the revision is the same.
   */
  revision(): ResultAsync<number, StorageError>;

  /** Lists all of the tenant's webhooks, in the order of their registration. */
  list(tenantId: string): ResultAsync<readonly WebhookView[], StorageError>;

  /**
   * Lists all tenants' webhooks by id, byte by byte. A caller that continues after each page's last webhook sees no
   * webhook twice, and misses none that was there all the time. If a damaged row does not say whether the webhook is
   * active, the webhook is on the page, as its stream tells it.
   */
  listAll(filter: WebhookFilter): ResultAsync<readonly WebhookView[], StorageError>;
}
