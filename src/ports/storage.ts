import type { ResultAsync } from "neverthrow";
import type { DeliveryQueue } from "./delivery-queue.ts";
import type { DeliveryReadModel } from "./delivery-read-model.ts";
import type { LedgerReader } from "./ledger-reader.ts";
import type { LedgerWriter } from "./ledger-writer.ts";
import type { MessageStore } from "./message-store.ts";
import type { Projections } from "./projections.ts";
import type { ResponseStore } from "./response-store.ts";
import type { Retention } from "./retention.ts";
import type { SecretStore } from "./secret-store.ts";
import type { StorageError } from "./storage-error.ts";
import type { WebhookReadModel } from "./webhook-read-model.ts";

/** One opened database, behind its ports. After `close`, every call is a `StorageError` with reason `closed`. */
export interface Storage {
  readonly reader: LedgerReader;
  readonly writer: LedgerWriter;
  readonly webhooks: WebhookReadModel;
  readonly deliveries: DeliveryReadModel;
  readonly queue: DeliveryQueue;
  readonly messages: MessageStore;
  readonly responses: ResponseStore;
  readonly secrets: SecretStore;
  readonly projections: Projections;
  readonly retention: Retention;
  /** Idempotent. */
  close(): ResultAsync<void, StorageError>;
}

/** Says where the data is; `open` connects and brings the schema up to date. */
export interface StorageAdapter {
  readonly name: string;
  open(): ResultAsync<Storage, StorageError>;
}
