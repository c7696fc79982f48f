import { sql } from "drizzle-orm";
import type { EventRow } from "../sql/event-row.ts";
import { statement, type Statement } from "./statement.ts";
import type { Tables } from "./tables.ts";

export interface EventStatements {
  /** Of the streams, stream by stream. */
  readonly ofStreams: Statement<EventRow>;
  /** After a position. */
  readonly after: Statement<EventRow>;
  /** Stream by stream, after a version of a stream. */
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
