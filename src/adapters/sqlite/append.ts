import { and, desc, eq, gt, sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { decodeEvent, type DomainEvent } from "../../domain/ledger/index.ts";
import {
  leaseLost,
  meetsExpectation,
  versionConflict,
  type AppendedStream,
  type AppendError,
  type Commit,
  type Fence,
  type LeaseLost,
  type LedgerWriter,
  type StreamAppend,
} from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { prepareHot } from "./hot-statement.ts";
import { createProject } from "./project.ts";
import { deliveries, events } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";
import { createWriteValues } from "./write-values.ts";

/** Where the streams of a commit stand before it. */
type Versions = readonly number[];

/**
 * All that can refuse a commit is looked at before the first write, as commits that share a transaction must. Only
 * "no stream" is left to the unique index of the ledger: its violation takes the transaction back, and then each commit is
 * tried alone, where the stream is looked for.
 */
export function createLedgerWriter(session: Session, buffers: WriteBuffers): LedgerWriter {
  const { orm, prepare, gather, share } = session;
  const project = createProject(session, buffers);
  const values = createWriteValues(session, buffers);
  const isHeld = createIsHeld(session);
  const latest = prepareHot<[number]>(
    prepare,
    orm
      .select({ version: events.version })
      .from(events)
      .where(eq(events.streamId, sql.placeholder("streamId")))
      .orderBy(desc(events.version))
      .limit(1),
  );
  /** Of the streams whose events are still gathered. */
  const gathered = new Map<string, number>();
  gather({ settle: () => gathered.clear(), forget: () => gathered.clear() });

  function versionOf({ streamId, expectedVersion }: StreamAppend, alone: boolean): number {
    const version = gathered.get(streamId);
    if (version !== undefined) return version;
    return expectedVersion === "no-stream" && !alone ? 0 : (latest.get({ streamId })?.[0] ?? 0);
  }

  function check(commit: Commit, alone: boolean): Result<Versions, AppendError> {
    const named = new Set<string>();
    const versions: number[] = [];
    for (const stream of commit.streams) {
      const { streamId, expectedVersion } = stream;
      if (named.has(streamId)) return err(namedTwice(streamId));
      named.add(streamId);
      const actual = versionOf(stream, alone);
      if (!meetsExpectation(expectedVersion, actual)) return err(versionConflict(streamId, expectedVersion, actual));
      for (const event of stream.events) {
        const storable = checkStorable(event);
        if (storable.isErr()) return err(storable.error);
      }
      versions.push(actual);
    }
    for (const fence of commit.fences ?? []) {
      const free = isHeld(fence);
      if (free.isErr()) return err(free.error);
    }
    return values.check(commit).map(() => versions);
  }

  function write(commit: Commit, versions: Versions): readonly AppendedStream[] {
    const { recordedAt } = commit;
    const facts = { metadata: JSON.stringify(commit.metadata ?? {}), recordedAt };
    const appended = commit.streams.map(({ streamId, events: added }, index): AppendedStream => {
      let version = versions[index] ?? 0;
      for (const event of added) {
        version += 1;
        buffers.events.add({ streamId, version, type: event.type, data: JSON.stringify(event.data), ...facts });
        project(event, { streamId, version, recordedAt });
      }
      gathered.set(streamId, version);
      return { streamId, version };
    });
    values.write(commit);
    for (const health of commit.health ?? []) buffers.queues.attempted(health);
    return appended;
  }

  return {
    append: (commit) =>
      share<readonly AppendedStream[], AppendError>((alone) =>
        check(commit, alone).map((versions) => write(commit, versions)),
      ),
  };
}

/** An event that would come back as a damaged one, such as a duration that is NaN, never gets into the ledger. */
function checkStorable({ type, data }: DomainEvent): Result<DomainEvent, StorageError> {
  return decodeEvent(type, data).mapErr((reason) =>
    storageError("unexpected", `a ${type} cannot be stored: ${reason}`),
  );
}

function createIsHeld({ orm, prepare }: Session): (fence: Fence) => Result<void, LeaseLost> {
  const other = prepareHot<[string]>(
    prepare,
    orm
      .select({ owner: deliveries.leaseOwner })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.deliveryId, sql.placeholder("deliveryId")),
          sql`${deliveries.leaseOwner} <> ${sql.placeholder("owner")}`,
          gt(deliveries.leaseExpiresAt, sql.placeholder("now")),
        ),
      ),
  );
  return (fence) => (other.get({ ...fence }) === undefined ? ok() : err(leaseLost(fence.deliveryId)));
}

function namedTwice(streamId: string): StorageError {
  return storageError("unexpected", `the commit names the stream ${streamId} twice`);
}
