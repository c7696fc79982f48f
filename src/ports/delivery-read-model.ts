import type { ResultAsync } from "neverthrow";
import type { DeliveryStatus } from "../domain/delivery/index.ts";
import type { DeliveryView } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

export interface DeliveryFilter {
  readonly webhookId?: string;
  readonly messageId?: string;
  readonly state?: DeliveryStatus;
  /** Deliveries whose id sorts after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** The deliveries projection. It is written by `LedgerWriter.append`. */
export interface DeliveryReadModel {
  get(deliveryId: string): ResultAsync<DeliveryView | null, StorageError>;

  /** By id, which is the order of scheduling. */
  list(filter: DeliveryFilter): ResultAsync<readonly DeliveryView[], StorageError>;
}
