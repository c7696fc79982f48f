import { desc, eq, sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { idIn, isDeliveryEvent, isWebhookEvent } from "../../domain/ledger/index.ts";
import { meetsExpectation, type Commit, type StreamAppend } from "../../ports/commit.ts";
import {
  versionConflict,
  webhookRecovered,
  webhooksChanged,
  type AppendedStream,
  type AppendError,
  type LedgerWriter,
} from "../../ports/ledger-writer.ts";
import type { OpenTransaction } from "../../ports/open-transaction.ts";
import { checkStreams } from "../sql/check-streams.ts";
import { createCheckFence } from "./check-fence.ts";
import { prepareHot } from "./hot-statement.ts";
import { createFollowPause } from "./pauses.ts";
import { createProject } from "./project.ts";
import { events } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";
import { createWriteValues } from "./write-values.ts";

/** Where the streams of a commit stand before it; null if the first write finds that out. */
type Versions = readonly number[] | null;

/**
 * Everything that can refuse a commit is checked before the first write, since commits share a transaction. Two checks
 * are left to the first write, because they would take a query for each attempt and for each stream:
 *
 * - "no stream" is left to the unique index of the ledger. A violation takes the transaction back. Then each commit is
 *   tried alone, and the stream is looked for.
 * - The version of a single delivery's stream is left to the update of its row. Such a commit is nearly always the
 *   outcome of an attempt. If the row is at another version, it refuses the update, and then the ledger is asked.
 */
export function createLedgerWriter(
  session: Session,
  buffers: WriteBuffers,
): LedgerWriter & { readonly appendWithin: OpenTransaction["append"] } {
  const { orm, prepare, gather, share } = session;
  const project = createProject(session, buffers);
  const values = createWriteValues(session, buffers);
  const checkFence = createCheckFence(session);
  const followPause = createFollowPause(orm);
  const latest = prepareHot<[number]>(
    prepare,
    orm
      .select({ version: events.version })
      .from(events)
      .where(eq(events.streamId, sql.placeholder("streamId")))
      .orderBy(desc(events.version))
      .limit(1),
  );
  /** The versions of the streams whose events are still gathered. */
  let gathered = new Map<string, number>();
  const forget = () => void (gathered = new Map());
  gather({ settle: forget, forget });

  function versionOf({ streamId, expectedVersion, events: added }: StreamAppend, alone: boolean): number {
    const version = gathered.get(streamId);
    if (version !== undefined) return version;
    const isLeftToIndex = expectedVersion === "no-stream" && added.length > 0 && !alone;
    return isLeftToIndex ? 0 : (latest.get({ streamId })?.[0] ?? 0);
  }

  /** Whether the first write can tell where the stream stands. */
  function isOutcome({ streams }: Commit): boolean {
    const [stream] = streams;
    const event = stream?.events[0];
    if (stream === undefined || event === undefined || streams.length > 1) return false;
    // Scheduling creates the row, and so says nothing of what was there.
    const tells = isDeliveryEvent(event) && event.type !== "DeliveryScheduled";
    return typeof stream.expectedVersion === "number" && tells && !gathered.has(stream.streamId);
  }

  function versionsOf({ streams }: Commit, alone: boolean): Result<readonly number[], AppendError> {
    const versions: number[] = [];
    for (const stream of streams) {
      const { streamId, expectedVersion } = stream;
      const actual = versionOf(stream, alone);
      if (!meetsExpectation(expectedVersion, actual)) return err(versionConflict(streamId, expectedVersion, actual));
      versions.push(actual);
    }
    return ok(versions);
  }

  function check(commit: Commit, alone: boolean): Result<Versions, AppendError> {
    if (commit.webhooksRevision !== undefined && commit.webhooksRevision !== buffers.revision.current())
      return err(webhooksChanged());
    const { stillFailing } = commit;
    if (stillFailing !== undefined && buffers.queues.failingSince(stillFailing.webhookId) !== stillFailing.since)
      return err(webhookRecovered(stillFailing.webhookId));
    const storable = checkStreams(commit.streams);
    if (storable.isErr()) return err(storable.error);
    for (const fence of commit.fences ?? []) {
      const free = checkFence(fence);
      if (free.isErr()) return err(free.error);
    }
    const versions: Result<Versions, AppendError> = isOutcome(commit) ? ok(null) : versionsOf(commit, alone);
    if (versions.isErr()) return err(versions.error);
    return values.check(commit).andThen(() => versions);
  }

  function write(commit: Commit, versions: Versions, alone: boolean): Result<readonly AppendedStream[], AppendError> {
    const { recordedAt } = commit;
    const metadata = commit.metadata === undefined ? "{}" : JSON.stringify(commit.metadata);
    const appended: AppendedStream[] = [];
    for (const [index, { streamId, expectedVersion, events: added }] of commit.streams.entries()) {
      let version = versions?.[index] ?? Number(expectedVersion);
      for (const event of added) {
        version += 1;
        const { type, data } = event;
        const row = { streamId, version, type, data: JSON.stringify(data), metadata, recordedAt };
        if (versions === null && version === Number(expectedVersion) + 1) {
          const projected = project(event, { streamId, version, recordedAt, isGuarded: true });
          if (!projected) return versionsOf(commit, alone).andThen((found) => write(commit, found, alone));
          buffers.events.add(row);
        } else {
          buffers.events.add(row);
          project(event, { streamId, version, recordedAt });
        }
      }
      if (added.some(isWebhookEvent)) followPause(idIn(streamId));
      gathered.set(streamId, version);
      appended.push({ streamId, version });
    }
    values.write(commit);
    for (const health of commit.health ?? []) buffers.queues.attempted(health);
    return ok(appended);
  }

  return {
    append: (commit) =>
      share<readonly AppendedStream[], AppendError>((alone) =>
        check(commit, alone).andThen((versions) => write(commit, versions, alone)),
      ),
    appendWithin: (commit) =>
      session.join<readonly AppendedStream[], AppendError>(() =>
        check(commit, true).andThen((versions) => write(commit, versions, true)),
      ),
  };
}
