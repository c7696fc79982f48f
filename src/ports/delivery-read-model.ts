import type { ResultAsync } from "neverthrow";
import type { DeliveryStatus } from "../domain/delivery/index.ts";
import type { EpochMs } from "../domain/instant.ts";
import type { DeliveryView } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

export interface DeliveryFilter {
  /** Only deliveries to these webhooks, whether or not they still exist. */
  readonly webhookIds?: readonly string[];
  readonly messageId?: string;
  /** Only deliveries in one of these states. One that is named twice counts once. */
  readonly states?: readonly DeliveryStatus[];
  /** Deliveries whose id sorts after this one; with `newestFirst`, before it. */
  readonly after?: string;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

/** Sorts after every id, byte by byte, unless one begins with as many of the last character that there is. */
export const BEYOND_ALL_IDS = "\u{10ffff}".repeat(16);

/** The last delivery of a page of pending ones. */
export interface PendingCursor {
  readonly dueAt: EpochMs;
  readonly deliveryId: string;
}

/** The deliveries projection, which `LedgerWriter.append` writes. */
export interface DeliveryReadModel {
  get(deliveryId: string): ResultAsync<DeliveryView | null, StorageError>;

  /**
   * Lists by id, in order of code points (`byCodePoint`), which is the order of scheduling, or in reverse; each
   * delivery once, as they are at one moment. A caller that continues after each page's last delivery sees no delivery
   * twice, whatever becomes of it meanwhile. A long history does not make it slow: what is pending, exhausted or
   * cancelled is found without going through what was delivered. The event loop gets its turn before each page.
   */
  list(filter: DeliveryFilter): ResultAsync<readonly DeliveryView[], StorageError>;

  /**
   * Lists what is pending for a webhook, by due time and then by id, from the beginning or after a page's last
   * delivery.
   */
  listPending(
    webhookId: string,
    after: PendingCursor | null,
    limit: number,
  ): ResultAsync<readonly DeliveryView[], StorageError>;
}
