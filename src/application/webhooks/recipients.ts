import type { Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { WebhookView } from "../../domain/ledger/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Conceal } from "../deliveries/conceal.ts";
import type { SignRequest } from "../deliveries/sign-request.ts";

/** A webhook, ready to be sent to. */
export interface Recipient {
  readonly view: Pick<WebhookView, "webhookId" | "url" | "active" | "retryConfig">;
  readonly sign: SignRequest;
  /** Takes its secrets and header values out of what it answers. */
  readonly conceal: Conceal;
  /** When the first of its secrets ends; null if none does. */
  readonly validUntil: EpochMs | null;
}

/** A tenant's webhooks, in the order of their registration, as they were at `revision`. */
export interface RememberedTenant {
  readonly webhooks: readonly WebhookView[];
  readonly revision: number;
}

/**
 * Remembers the webhooks until the storage's revision says that one has changed, so that publishing and attempts need
 * not read and decode them again. Callers that ask at the same time share one read.
 */
export interface WebhookDirectory {
  /**
   * Returns the tenant's webhooks as remembered. They may have changed since, so what is decided on them is committed
   * with `revision`.
   */
  ofTenant(tenantId: string): Promise<Result<RememberedTenant, StorageError>>;
  /** Forgets what is out of date, by the storage's revision at some time after this call. */
  refresh(): Promise<Result<void, StorageError>>;
  /**
   * Returns those of `webhookIds` that still exist, as they are at `revision` or later; null for the storage's revision
   * at some time after this call.
   */
  recipients(
    webhookIds: Iterable<string>,
    revision: number | null,
  ): Promise<Result<ReadonlyMap<string, Recipient>, StorageError>>;
}
