import { asc, sql } from "drizzle-orm";
import { err, type Result } from "neverthrow";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import type { DamagedEvent } from "../../ports/ledger-reader.ts";
import { checkStream, type Stream } from "../sql/compare-row.ts";
import type { Orm } from "./connection.ts";
import { decodeEventRow, type EventRow } from "../sql/event-row.ts";
import { events } from "./schema.ts";

/** How many rows are read at a time. */
const PAGE_SIZE = 500;

/** Reads the whole ledger stream by stream, with one stream in memory at a time. Ends after the first damaged event. */
export function* readStreams(orm: Orm): Generator<Result<Stream, DamagedEvent>, void> {
  let streamId = "";
  let stream: RecordedEvent[] = [];
  for (const row of rowsByStream(orm)) {
    const event = decodeEventRow(row);
    if (event.isErr()) {
      yield err(event.error);
      return;
    }
    if (row.streamId !== streamId && stream.length > 0) {
      yield checkStream({ streamId, events: stream });
      stream = [];
    }
    streamId = row.streamId;
    stream.push(event.value);
  }
  if (stream.length > 0) yield checkStream({ streamId, events: stream });
}

function* rowsByStream(orm: Orm): Generator<EventRow, void> {
  const page = orm
    .select()
    .from(events)
    .where(
      sql`(${events.streamId}, ${events.version}) > (${sql.placeholder("streamId")}, ${sql.placeholder("version")})`,
    )
    .orderBy(asc(events.streamId), asc(events.version))
    .limit(PAGE_SIZE)
    .prepare();
  let [streamId, version] = ["", 0];
  for (;;) {
    const rows = page.all({ streamId, version });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    ({ streamId, version } = last);
  }
}
