import { and, asc, eq, lt, or, sql } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import type { DomainEvent } from "../../domain/ledger/index.ts";
import { events } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** Where a domain event that is being projected stands: in the ledger, or in the buffer of what goes there. */
export interface EventPlace {
  readonly streamId: string;
  readonly version: number;
  readonly recordedAt: EpochMs;
  /**
   * If true, the row is changed only if it is at the version before, and the event is recorded afterwards, if the row
   * was changed. Otherwise the ledger has already been asked for the version.
   */
  readonly isGuarded?: boolean;
}

export interface StreamBeginning {
  /** When the stream's first event was recorded. */
  readonly createdAt: EpochMs;
  /** Whether the stream had an event of this type before this one. */
  readonly repeated: boolean;
}

/** Tells how a stream began. Asks the ledger only for streams that begin in an unusual way. */
export type FindBeginning = (type: DomainEvent["type"], at: EventPlace) => StreamBeginning;

export function createFindBeginning({ orm }: Session, buffers: WriteBuffers): FindBeginning {
  const earlier = orm
    .select({ type: events.type, recordedAt: events.recordedAt })
    .from(events)
    .where(
      and(
        eq(events.streamId, sql.placeholder("streamId")),
        lt(events.version, sql.placeholder("version")),
        or(eq(events.version, 1), eq(events.type, sql.placeholder("type"))),
      ),
    )
    .orderBy(asc(events.version))
    .limit(2)
    .prepare();
  return (type, { streamId, version, recordedAt }) => {
    if (version === 1) return { createdAt: recordedAt, repeated: false };
    buffers.events.settle();
    const found = earlier.all({ streamId, version, type });
    return { createdAt: found[0]?.recordedAt ?? recordedAt, repeated: found.some((event) => event.type === type) };
  };
}
