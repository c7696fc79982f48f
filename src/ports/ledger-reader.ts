import type { ResultAsync } from "neverthrow";
import type { RecordedEvent } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

/** A row of the ledger that is no event any more, or not one that this version knows. It is never skipped. */
export interface DamagedEvent {
  readonly type: "DamagedEvent";
  readonly position: number;
  readonly streamId: string;
  readonly message: string;
}

export type ReadError = StorageError | DamagedEvent;

export interface LedgerPage {
  /** Events at positions greater than this; 0, the default, is the beginning. */
  readonly after?: number;
  /** At most this many events. */
  readonly limit: number;
}

/** Reads the append-only event store. */
export interface LedgerReader {
  /** All events of one stream, by version; none if there is no such stream. */
  readStream(streamId: string): ResultAsync<readonly RecordedEvent[], ReadError>;

  /**
   * A page of the whole ledger, by position. Following positions page by page sees every event: none
   * appears later at or below a position that was returned.
   */
  readAll(page: LedgerPage): ResultAsync<readonly RecordedEvent[], ReadError>;

  /** The position up to which `readAll` gives all there will ever be. */
  settledPosition(): ResultAsync<number, StorageError>;
}
