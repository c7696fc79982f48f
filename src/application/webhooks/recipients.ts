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
  /** When the first of its secrets ends; null where none does. */
  readonly validUntil: EpochMs | null;
}

/** A tenant's webhooks, in the order of their registration, as they were at `revision`. */
export interface RememberedTenant {
  readonly webhooks: readonly WebhookView[];
  readonly revision: number;
}

/**
 * The webhooks as the storage has them now, remembered for as long as its revision says that none has changed: a
 * message is published, and an attempt made, without reading and decoding them again. Who asks at once shares what is read.
 */
export interface WebhookDirectory {
  /** The tenant's as they are remembered. They may have changed since: what is decided on them is committed with `revision`. */
  ofTenant(tenantId: string): Promise<Result<RememberedTenant, StorageError>>;
  /** Forgets what is not so any more, as the storage has it at some time after this was asked for. */
  refresh(): Promise<Result<void, StorageError>>;
  /** Those of `webhookIds` that are still there, as they are at `revision` or later. */
  recipients(
    webhookIds: Iterable<string>,
    revision: number,
  ): Promise<Result<ReadonlyMap<string, Recipient>, StorageError>>;
}
