import { desc, eq, sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { toIso } from "../../domain/instant.ts";
import { decodeEvent, type DomainEvent } from "../../domain/ledger/index.ts";
import { parseJson } from "../../domain/parse-json.ts";
import {
  meetsExpectation,
  versionConflict,
  type AppendedStream,
  type AppendError,
  type Commit,
  type LedgerWriter,
  type StreamAppend,
} from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { createProject } from "./project.ts";
import { events } from "./schema.ts";
import type { Session } from "./session.ts";
import { createWriteValues } from "./write-values.ts";

type Facts = Pick<Commit, "recordedAt" | "metadata">;

export function createLedgerWriter({ orm, write }: Session): LedgerWriter {
  const project = createProject(orm);
  const writeValues = createWriteValues(orm);
  const latest = orm
    .select({ version: events.version })
    .from(events)
    .where(eq(events.streamId, sql.placeholder("streamId")))
    .orderBy(desc(events.version))
    .limit(1)
    .prepare();
  const insert = orm
    .insert(events)
    .values({
      streamId: sql.placeholder("streamId"),
      version: sql.placeholder("version"),
      type: sql.placeholder("type"),
      data: sql.placeholder("data"),
      metadata: sql.placeholder("metadata"),
      recordedAt: sql.placeholder("recordedAt"),
    })
    .prepare();

  function appendStream(
    { streamId, expectedVersion, events: added }: StreamAppend,
    facts: Facts,
  ): Result<AppendedStream, AppendError> {
    const actual = latest.get({ streamId })?.version ?? 0;
    if (!meetsExpectation(expectedVersion, actual)) return err(versionConflict(streamId, expectedVersion, actual));
    let version = actual;
    for (const event of added) {
      version += 1;
      const recorded = record(event, streamId, version, facts);
      if (recorded.isErr()) return err(recorded.error);
    }
    return ok({ streamId, version });
  }

  function record(event: DomainEvent, streamId: string, version: number, facts: Facts): Result<void, StorageError> {
    const { recordedAt, metadata = {} } = facts;
    const data = JSON.stringify(event.data);
    return storable(event, data).map((stored) => {
      const { lastInsertRowid } = insert.run({
        ...{ streamId, version, type: event.type, data, recordedAt },
        metadata: JSON.stringify(metadata),
      });
      project({
        ...stored,
        streamId,
        version,
        metadata,
        position: Number(lastInsertRowid),
        recordedAt: toIso(recordedAt),
      });
    });
  }

  return {
    append: (commit) =>
      write((): Result<readonly AppendedStream[], AppendError> => {
        const appended = new Map<string, AppendedStream>();
        for (const stream of commit.streams) {
          if (appended.has(stream.streamId)) return err(namedTwice(stream.streamId));
          const result = appendStream(stream, commit);
          if (result.isErr()) return err(result.error);
          appended.set(stream.streamId, result.value);
        }
        return writeValues(commit).map(() => [...appended.values()]);
      }),
  };
}

/** An event whose JSON would come back as a damaged one, such as a duration that is NaN, never gets into the ledger. */
function storable({ type }: DomainEvent, data: string): Result<DomainEvent, StorageError> {
  return parseJson(data)
    .mapErr(() => "it is nothing")
    .andThen((value) => decodeEvent(type, value))
    .mapErr((reason) => storageError("unexpected", `a ${type} cannot be stored: as JSON, ${reason}`));
}

function namedTwice(streamId: string): StorageError {
  return storageError("unexpected", `the commit names the stream ${streamId} twice`);
}
