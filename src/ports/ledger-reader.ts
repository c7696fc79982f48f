import { err, ok, type Result, type ResultAsync } from "neverthrow";
import { belongsIn, type RecordedEvent } from "../domain/ledger/index.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * A row of the ledger that is not a readable event: it is corrupt, this version does not know its type, or it cannot
 * stand where it does. It is never skipped.
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
 * Returns all events of one stream if each belongs in it and their versions are 1, 2, 3 …; otherwise the first that is
 * out of place. Only whole streams are ever removed, so a gap means that an event was lost.
 */
export function wholeStream(events: readonly RecordedEvent[]): Result<readonly RecordedEvent[], DamagedEvent> {
  for (const [index, event] of events.entries()) {
    if (!belongsIn(event.streamId, event))
      return err(damagedEvent(event, `a ${event.type} does not belong in that stream`));
    if (event.version !== index + 1)
      return err(damagedEvent(event, `it has version ${event.version}, but ${index} events come before it`));
  }
  return ok(events);
}

export type ReadError = StorageError | DamagedEvent;

export interface LedgerPage {
  /** Only events at positions greater than this; 0, the default, is the beginning. */
  readonly after?: number | undefined;
  /** At most this many events. */
  readonly limit: number;
}

/** Reads the append-only event store. */
export interface LedgerReader {
  /** Returns all events of one stream, by version; none if there is no such stream. */
  readStream(streamId: string): ResultAsync<readonly RecordedEvent[], ReadError>;

  /**
   * Returns all events of these streams, each stream's together and by version; the order of the streams is not
   * promised. A stream that does not exist has none, and one that is named more than once is read once.
   */
  readStreams(streamIds: readonly string[]): ResultAsync<readonly RecordedEvent[], ReadError>;

  /**
   * Returns a page of the whole ledger, by position. A caller that follows positions page by page sees every event:
   * none appears later at or below a position that was returned. The event loop gets its turn before each page.
   */
  readAll(page: LedgerPage): ResultAsync<readonly RecordedEvent[], ReadError>;

  /** Returns the position up to which `readAll` gives all there will ever be. */
  settledPosition(): ResultAsync<number, StorageError>;
}
