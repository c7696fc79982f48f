import { err, ok, type Result } from "neverthrow";
import { belongsIn, decodeEvent, type DomainEvent, type RecordedEvent } from "../../domain/ledger/index.ts";
import { toIso } from "../../domain/instant.ts";
import type { Commit } from "../../ports/commit.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { State } from "./state.ts";

interface RecordedStream {
  readonly streamId: string;
  /** The stream's version after these events. */
  readonly version: number;
  readonly events: readonly RecordedEvent[];
}

/** Returns the events as the ledger will store them. Writes nothing. */
export function recordEvents(state: State, commit: Commit): Result<readonly RecordedStream[], StorageError> {
  const metadata = { ...commit.metadata };
  const recordedAt = toIso(commit.recordedAt);
  const recorded: RecordedStream[] = [];
  let position = state.lastPosition;
  for (const { streamId, events: appended } of commit.streams) {
    let version = state.streams.get(streamId)?.length ?? 0;
    const events: RecordedEvent[] = [];
    for (const event of appended) {
      const copy = throughJson(streamId, event);
      if (copy.isErr()) return err(copy.error);
      position += 1;
      version += 1;
      events.push(deepFreeze({ ...copy.value, position, streamId, version, metadata, recordedAt }));
    }
    recorded.push({ streamId, version, events });
  }
  return ok(recorded);
}

/** Returns a copy that holds what a database would give back, and that nobody else can change. */
function throughJson(streamId: string, event: DomainEvent): Result<DomainEvent, StorageError> {
  const { type, data } = event;
  if (!belongsIn(streamId, event)) return err(storageError("unexpected", `a ${type} cannot be stored in ${streamId}`));
  return decodeEvent(type, JSON.parse(JSON.stringify(data))).mapErr((reason) =>
    storageError("unexpected", `a ${type} cannot be stored: as JSON, ${reason}`),
  );
}
