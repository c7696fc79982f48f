import { err, Result } from "neverthrow";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import type { DamagedEvent } from "../../ports/ledger-reader.ts";
import { checkStream, type Stream } from "../sql/compare-row.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import type { Connection } from "./connection.ts";
import type { EventStatements } from "./event-statements.ts";

/** A stream of which more events may come. */
interface OpenStream extends Stream {
  readonly events: RecordedEvent[];
}

/** How many rows are read at a time. */
const PAGE_SIZE = 1000;

/** Yields the whole ledger, some streams at a time. Ends after the first damaged event. */
export async function* readStreams(
  connection: Connection,
  { byStream }: EventStatements,
): AsyncGenerator<Result<readonly Stream[], DamagedEvent>, void> {
  let [streamId, version] = ["", 0];
  let open: OpenStream | null = null;
  for (;;) {
    const rows = await connection.run(byStream, { streamId, version, limit: PAGE_SIZE });
    const decoded = decodeEventRows(rows);
    if (decoded.isErr()) {
      yield err(decoded.error);
      return;
    }
    const complete: Stream[] = [];
    for (const event of decoded.value) open = lengthen(open, event, complete);
    const last = rows.at(-1);
    if (last === undefined) {
      if (open !== null) yield checkStream(open).map((stream) => [stream]);
      return;
    }
    yield Result.combine(complete.map(checkStream));
    ({ streamId, version } = last);
  }
}

/**
 * Adds the event to the open stream. If it belongs to another stream, the open one is complete, and the other is open
 * now.
 */
function lengthen(open: OpenStream | null, event: RecordedEvent, complete: Stream[]): OpenStream {
  if (open?.streamId === event.streamId) {
    open.events.push(event);
    return open;
  }
  if (open !== null) complete.push(open);
  return { streamId: event.streamId, events: [event] };
}
