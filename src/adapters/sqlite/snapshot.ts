import type Driver from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { err, ok, ResultAsync, type Result } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Orm } from "./connection.ts";
import type { OpenReader } from "./wal-file.ts";

/** Work that lets others have their turn wherever it yields. */
export type Steps<T> = Generator<void, T, void>;

export interface Snapshots {
  /** Reads on one snapshot of the database: that of the moment of the call. */
  snapshot<T, E>(work: (orm: Orm) => Steps<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** Ends the reads under way. */
  close(): void;
}

/** How long a reader holds up the event loop at a time. */
const SLICE_MS = 10;

/**
 * Reads on a connection of its own, in slices. It keeps the write-ahead log from being emptied, but nobody from
 * writing.
 *
 * @param guarded - turns what the database throws into an error, and refuses once the storage is closed
 */
export function createSnapshots(
  openReader: OpenReader,
  guarded: <T, E>(work: () => Result<T, E>) => Result<T, E | StorageError>,
): Snapshots {
  const readers = new Set<Driver.Database>();

  async function read<T, E>(work: (orm: Orm) => Steps<Result<T, E>>): Promise<Result<T, E | StorageError>> {
    const opened = guarded(openReader);
    if (opened.isErr()) return err(opened.error);
    const reader = opened.value;
    readers.add(reader);
    try {
      const begun = guarded(() => {
        reader.exec("begin");
        return ok(work(drizzle({ client: reader })));
      });
      if (begun.isErr()) return err(begun.error);
      for (;;) {
        const slice = guarded(() => ok(sliceOf(begun.value)));
        if (slice.isErr()) return err(slice.error);
        if (slice.value.done === true) return slice.value.value;
        await setImmediate();
      }
    } finally {
      readers.delete(reader);
      reader.close();
    }
  }

  return {
    snapshot: (work) => new ResultAsync(read(work)),
    close() {
      for (const reader of readers) reader.close();
    },
  };
}

function sliceOf<T>(steps: Steps<T>): IteratorResult<void, T> {
  const end = performance.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true || performance.now() >= end) return step;
  }
}

/** Runs all steps in one go. */
export function toEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
