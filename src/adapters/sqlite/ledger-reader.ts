import { asc, eq, getTableName, gt, sql } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import type { LedgerReader } from "../../ports/ledger-reader.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import { inTurn } from "./in-turn.ts";
import { events } from "./schema.ts";
import type { Session } from "./session.ts";

/** @returns a query for the events of a stream, which answers at once */
export function createStreamQuery({
  orm,
}: Pick<Session, "orm">): (streamId: string) => ReturnType<typeof decodeEventRows> {
  const stream = orm
    .select()
    .from(events)
    .where(eq(events.streamId, sql.placeholder("streamId")))
    .orderBy(asc(events.version))
    .prepare();
  return (streamId) => decodeEventRows(stream.all({ streamId }));
}

export function createLedgerReader({ orm, read, readKept }: Session): LedgerReader {
  const stream = createStreamQuery({ orm });
  // One connection writes at a time, so positions are committed in their order and none appears late. If a position is
  // taken back, it is given again.
  const page = orm
    .select()
    .from(events)
    .where(gt(events.position, sql.placeholder("after")))
    .orderBy(asc(events.position))
    .limit(sql.placeholder("limit"))
    .prepare();
  // The last position that was given. The event that had it may have been pruned.
  const last = sql`select seq as position from sqlite_sequence where name = ${getTableName(events)}`;
  return {
    settledPosition: () => readKept(() => ok(orm.get<{ readonly position: number } | undefined>(last)?.position ?? 0)),
    readStream: (streamId) => read(() => stream(streamId)),
    readStreams: (streamIds) =>
      read(() => Result.combine([...new Set(streamIds)].map(stream)).map((read) => read.flat())),
    readAll: ({ after = 0, limit }) => inTurn(() => readKept(() => decodeEventRows(page.all({ after, limit })))),
  };
}
