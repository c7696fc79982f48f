import { err, ok, type Result } from "neverthrow";
import { meetsExpectation, type Commit, type StreamAppend } from "../../ports/commit.ts";
import {
  idempotencyKeyTaken,
  leaseLost,
  versionConflict,
  webhookRecovered,
  webhooksChanged,
  type AppendedStream,
  type AppendError,
} from "../../ports/ledger-writer.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import { checkStreams } from "../sql/check-streams.ts";
import { deliveryIdOf, isLeftToIndex, type Loaded } from "./loaded.ts";
import { createRows } from "./rows.ts";
import { createWrites, type Writes } from "./writes.ts";

export type Decided = Result<readonly AppendedStream[], AppendError>;

export interface Plan {
  readonly decided: readonly Decided[];
  readonly writes: Writes;
}

/**
 * Decides whether each commit goes through, and what it writes. Takes one after the other, each on what was loaded and
 * on what those before it have changed. A commit that is refused leaves nothing in the writes.
 */
export function decide(loaded: Loaded, commits: readonly Commit[], alone: boolean): Plan {
  const writes = createWrites();
  const versions = new Map<string, number>();
  const rows = createRows(loaded, writes);
  const keys = new Map(loaded.keys);
  const kept = new Set<string>();
  /** The revision of the webhooks before the batch. */
  let decidedAt: number | null = null;

  function versionOf(stream: StreamAppend): number {
    const known = versions.get(stream.streamId);
    if (known !== undefined) return known;
    if (isLeftToIndex(stream, alone)) return 0;
    const deliveryId = deliveryIdOf(stream.streamId);
    const view = deliveryId === null ? undefined : rows.delivery(deliveryId);
    const { versions: standing, streams: whole } = loaded;
    return view?.version ?? standing.get(stream.streamId) ?? whole.get(stream.streamId)?.at(-1)?.version ?? 0;
  }

  function check(commit: Commit): Result<readonly number[], AppendError> {
    const { webhooksRevision, streams: appends, fences = [], messages = [], stillFailing } = commit;
    if (webhooksRevision !== undefined) {
      // If none was loaded, this one is taken for the present revision. The write checks whether it is.
      decidedAt ??= loaded.revision ?? webhooksRevision;
      if (webhooksRevision !== decidedAt + writes.raised()) return err(webhooksChanged());
      writes.decidedAt(decidedAt);
    }
    if (stillFailing !== undefined) {
      const { webhookId, since } = stillFailing;
      const present = writes.failingSince(webhookId, loaded.failing.get(webhookId) ?? null);
      if (present !== since) return err(webhookRecovered(webhookId));
    }
    const storable = checkStreams(appends);
    if (storable.isErr()) return err(storable.error);
    for (const { deliveryId, owner, now } of fences) {
      const held = rows.lease(deliveryId);
      if (held !== undefined && held.owner !== owner && held.until > now) return err(leaseLost(deliveryId));
    }
    const found: number[] = [];
    for (const append of appends) {
      const actual = versionOf(append);
      const { streamId, expectedVersion } = append;
      if (!meetsExpectation(expectedVersion, actual)) return err(versionConflict(streamId, expectedVersion, actual));
      found.push(actual);
    }
    const taken = new Map<string, string>();
    for (const { messageId, tenantId, idempotencyKey } of messages) {
      if (idempotencyKey === null) continue;
      const slot = idempotencySlot(tenantId, idempotencyKey);
      const other = taken.get(slot) ?? keys.get(slot);
      if (other !== undefined) return err(idempotencyKeyTaken(other));
      taken.set(slot, messageId);
    }
    for (const [slot, messageId] of taken) keys.set(slot, messageId);
    return ok(found);
  }

  /**
   * Sees to it that a stream which a commit names without events stays as it is. A pending delivery was locked as it
   * was loaded. The row of an ended one is written unchanged, so that nobody changes it before the commit. All but the
   * ended ones are checked at the end.
   */
  function keep({ streamId }: StreamAppend): void {
    const deliveryId = deliveryIdOf(streamId);
    const view = deliveryId === null ? undefined : rows.delivery(deliveryId);
    if (view !== undefined && view.state !== "pending") rows.write(view);
    else kept.add(streamId);
  }

  function write(commit: Commit, found: readonly number[]): readonly AppendedStream[] {
    const appended = commit.streams.map((stream, index) => {
      const { streamId, events } = stream;
      let version = found[index] ?? 0;
      for (const event of events) {
        version += 1;
        writes.event(streamId, version, event, commit);
        rows.project(streamId, event, version, commit);
      }
      if (events.length === 0) keep(stream);
      versions.set(streamId, version);
      return { streamId, version };
    });
    writes.besides(commit);
    return appended;
  }

  const decided = commits.map((commit) => check(commit).map((found) => write(commit, found)));
  for (const streamId of kept) writes.standsAt(streamId, versions.get(streamId) ?? 0);
  return { decided, writes };
}
