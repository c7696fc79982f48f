import type { ResultAsync } from "neverthrow";
import type { DeliveryStatus, EndedStatus } from "../domain/delivery/index.ts";
import type { EpochMs } from "../domain/instant.ts";
import type { DeliveryView } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

export interface DeliveryFilter {
  readonly webhookId?: string;
  readonly messageId?: string;
  readonly state?: DeliveryStatus;
  /** Deliveries whose id sorts after this one; before it, where the newest come first. */
  readonly after?: string;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

/** Sorts after every id, byte by byte. */
export const BEYOND_ALL_IDS = "\u{10ffff}";

/** The last of a page of pending deliveries. */
export interface PendingCursor {
  readonly dueAt: EpochMs;
  readonly deliveryId: string;
}

export interface EndedFilter {
  /** One or more. */
  readonly states: readonly EndedStatus[];
  readonly webhookId?: string;
  /** The id of a page's last delivery: deliveries whose id the storage sorts after it. */
  readonly after?: string;
  readonly limit: number;
}

/** The deliveries projection. It is written by `LedgerWriter.append`. */
export interface DeliveryReadModel {
  get(deliveryId: string): ResultAsync<DeliveryView | null, StorageError>;

  /** By id, which is the order of scheduling, or the other way round. */
  list(filter: DeliveryFilter): ResultAsync<readonly DeliveryView[], StorageError>;

  /** What is pending for a webhook, by due time and then by id; from the beginning, or after a page's last. */
  listPending(
    webhookId: string,
    after: PendingCursor | null,
    limit: number,
  ): ResultAsync<readonly DeliveryView[], StorageError>;

  /**
   * What ended without being delivered, by id, in the same order as `list`. Whoever goes on after each page's last sees
   * no delivery twice, whatever becomes of it meanwhile.
   */
  listEnded(filter: EndedFilter): ResultAsync<readonly DeliveryView[], StorageError>;
}
