import { err, ok, type Result } from "neverthrow";
import { belongsIn, decodeEvent, type DomainEvent } from "../../domain/ledger/index.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** Finds what is wrong with the streams, whatever the ledger contains. */
export function checkStreams(streams: readonly StreamAppend[]): Result<void, StorageError> {
  if (streams.length > 1) {
    const named = new Set<string>();
    for (const { streamId } of streams) {
      if (named.has(streamId)) return err(namedTwice(streamId));
      named.add(streamId);
    }
  }
  for (const { streamId, events: added } of streams) {
    for (const event of added) {
      const storable = checkStorable(streamId, event);
      if (storable.isErr()) return err(storable.error);
    }
  }
  return ok();
}

/** Keeps out of the ledger an event that would come back damaged, such as one with a duration that is NaN. */
function checkStorable(streamId: string, event: DomainEvent): Result<DomainEvent, StorageError> {
  const { type, data } = event;
  if (!belongsIn(streamId, event)) return err(storageError("unexpected", `a ${type} cannot be stored in ${streamId}`));
  return decodeEvent(type, data).mapErr((reason) =>
    storageError("unexpected", `a ${type} cannot be stored: ${reason}`),
  );
}

function namedTwice(streamId: string): StorageError {
  return storageError("unexpected", `the commit names the stream ${streamId} twice`);
}
