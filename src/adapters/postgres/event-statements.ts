import { sql } from "drizzle-orm";
import type { EventRow } from "../sql/event-row.ts";
import { statement, type Statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

export interface EventStatements {
  /** The events of the streams, stream by stream. */
  readonly ofStreams: Statement<EventRow>;
  /** The version of each stream's last event, for the streams that have one. */
  readonly versions: Statement<{ readonly streamId: string; readonly version: number }>;
  /** The events after a position. */
  readonly after: Statement<EventRow>;
  /** The events after a version of a stream, stream by stream. */
  readonly byStream: Statement<EventRow>;
}

export function eventStatements({ events }: Tables): EventStatements {
  const rows = sql`select position, stream_id as "streamId", version, type, data, metadata, recorded_at as "recordedAt"
    from ${events}`;
  const limit = sql`limit ${sql.placeholder("limit")}::int`;
  return {
    ofStreams: statement(
      "streams",
      sql`${rows} where stream_id = any(${sql.placeholder("streamIds")}::text[]) order by stream_id, version`,
    ),
    versions: statement(
      "versions",
      sql`select wanted.stream_id as "streamId", last.version
        from unnest(${sql.placeholder("streamIds")}::text[]) as wanted(stream_id)
        cross join lateral (
          select e.version from ${events} as e where e.stream_id = wanted.stream_id order by e.version desc limit 1
        ) as last`,
    ),
    after: statement(
      "page",
      sql`${rows} where position > ${sql.placeholder("after")}::bigint order by position ${limit}`,
    ),
    byStream: statement(
      "by stream",
      sql`${rows} where (stream_id, version) > (${sql.placeholder("streamId")}::text, ${sql.placeholder("version")}::int)
        order by stream_id, version ${limit}`,
    ),
  };
}
