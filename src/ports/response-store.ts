import type { ResultAsync } from "neverthrow";
import type { StorageError } from "./storage-error.ts";

/**
 * What a receiver answered to a failed attempt. It is not in the ledger, since a receiver may repeat the payload.
 * `LedgerWriter.append` writes it with the event that tells of the attempt.
 */
export interface StoredResponse {
  readonly deliveryId: string;
  readonly attempt: number;
  /** The first 200 characters of the body. Half of a surrogate pair, which a cut may leave, is read back as U+FFFD. */
  readonly excerpt: string;
}

/** Reads responses. */
export interface ResponseStore {
  /** Returns the responses of all these deliveries, each delivery's by attempt, once however often it is named. */
  ofDeliveries(deliveryIds: readonly string[]): ResultAsync<readonly StoredResponse[], StorageError>;
}
