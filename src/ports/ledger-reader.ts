import { err, ok, type Result, type ResultAsync } from "neverthrow";
import { belongsIn, type RecordedEvent } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * A row of the ledger that is no event any more, not one that this version knows, or none that can stand where it does. It is
 * never skipped.
 */
export interface DamagedEvent {
  readonly type: "DamagedEvent";
  readonly position: number;
  readonly streamId: string;
  readonly message: string;
}

export function damagedEvent(
  { position, streamId }: Pick<RecordedEvent, "position" | "streamId">,
  reason: string,
): DamagedEvent {
  const message = `the event at position ${position}, in the stream ${streamId}, is damaged: ${reason}`;
  return { type: "DamagedEvent", position, streamId, message };
}

/**
 * All events of one stream, where each belongs in it and their versions are 1, 2, 3; else the first that is out of place. Nothing
 * but whole streams is ever removed, so a gap is an event that was lost.
 */
export function wholeStream(events: readonly RecordedEvent[]): Result<readonly RecordedEvent[], DamagedEvent> {
  for (const [index, event] of events.entries()) {
    if (!belongsIn(event.streamId, event)) return err(damagedEvent(event, `a ${event.type} has no place there`));
    if (event.version !== index + 1)
      return err(damagedEvent(event, `it has the version ${event.version}, and those before it are ${index}`));
  }
  return ok(events);
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

  /** All events of these streams, each stream's by version and next to each other; the order of the streams is open. Of one that does not exist there are none. */
  readStreams(streamIds: readonly string[]): ResultAsync<readonly RecordedEvent[], ReadError>;

  /**
   * A page of the whole ledger, by position. Following positions page by page sees every event: none
   * appears later at or below a position that was returned.
   */
  readAll(page: LedgerPage): ResultAsync<readonly RecordedEvent[], ReadError>;

  /** The position up to which `readAll` gives all there will ever be. */
  settledPosition(): ResultAsync<number, StorageError>;
}
