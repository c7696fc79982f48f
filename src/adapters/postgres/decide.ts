import { err, ok, type Result } from "neverthrow";
import { toIso } from "../../domain/instant.ts";
import {
  deliveryView,
  isDeliveryEvent,
  isWebhookEvent,
  nextDeliveryView,
  webhookView,
  type DeliveryView,
  type DomainEvent,
  type RecordedEvent,
} from "../../domain/ledger/index.ts";
import {
  idempotencyKeyTaken,
  leaseLost,
  meetsExpectation,
  versionConflict,
  webhookRecovered,
  webhooksChanged,
  type AppendedStream,
  type AppendError,
  type Commit,
  type StreamAppend,
} from "../../ports/ledger-writer.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import { checkStreams } from "../sql/check-streams.ts";
import { idIn } from "../sql/id-in.ts";
import { deliveryIdOf, isLeftToIndex, type Loaded } from "./loaded.ts";
import { createWrites, type Writes } from "./writes.ts";

export type Decided = Result<readonly AppendedStream[], AppendError>;

/**
 * Decides commits one after the other, each on what was loaded and on what those before it have changed: whether it goes
 * through, and what is to be written. One that is refused leaves nothing in the writes.
 */
export function decide(
  loaded: Loaded,
  commits: readonly Commit[],
  alone: boolean,
): { readonly decided: readonly Decided[]; readonly writes: Writes } {
  const writes = createWrites();
  const versions = new Map<string, number>();
  const deliveries = new Map(loaded.deliveries);
  const leases = new Map(loaded.leases);
  const keys = new Map(loaded.keys);
  const streams = new Map<string, RecordedEvent[]>();
  const kept = new Set<string>();
  /** The revision of the webhooks before the batch. */
  let decidedAt: number | null = null;

  function versionOf(stream: StreamAppend): number {
    const known = versions.get(stream.streamId);
    if (known !== undefined) return known;
    if (isLeftToIndex(stream, alone)) return 0;
    const deliveryId = deliveryIdOf(stream.streamId);
    const row = deliveryId === null ? undefined : deliveries.get(deliveryId);
    const { versions: standing, streams: whole } = loaded;
    return row?.version ?? standing.get(stream.streamId) ?? whole.get(stream.streamId)?.at(-1)?.version ?? 0;
  }

  function check(commit: Commit): Result<readonly number[], AppendError> {
    const { webhooksRevision, streams: appends, fences = [], messages = [], stillFailing } = commit;
    if (webhooksRevision !== undefined) {
      // Where none was loaded, this one is taken for the present one. The write looks whether it is.
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
      const held = leases.get(deliveryId);
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

  /** The whole stream, with an event that is new. */
  function lengthened(stream: string, event: DomainEvent, version: number, commit: Commit): readonly RecordedEvent[] {
    const whole = streams.get(stream) ?? [...(loaded.streams.get(stream) ?? [])];
    streams.set(stream, whole);
    const { recordedAt, metadata = {} } = commit;
    whole.push({ ...event, position: 0, streamId: stream, version, recordedAt: toIso(recordedAt), metadata });
    return whole;
  }

  function gather(view: DeliveryView): void {
    const before = loaded.deliveries.get(view.deliveryId) ?? null;
    writes.delivery(view, before, before?.state === "pending" && !loaded.unqueued.has(view.deliveryId));
  }

  /** Brings the row that an event is about up to date. */
  function project(stream: string, event: DomainEvent, version: number, commit: Commit): void {
    if (isDeliveryEvent(event)) {
      const deliveryId = idIn(stream);
      const before = deliveries.get(deliveryId);
      const view: DeliveryView | null =
        before === undefined
          ? deliveryView(lengthened(stream, event, version, commit).filter(isDeliveryEvent))
          : nextDeliveryView(before, event, version, commit.recordedAt);
      if (view === null) return;
      deliveries.set(deliveryId, view);
      leases.delete(deliveryId);
      gather(view);
    } else if (isWebhookEvent(event)) {
      const webhookId = idIn(stream);
      const events = lengthened(stream, event, version, commit).filter(isWebhookEvent);
      writes.webhook(webhookId, stream, webhookView(events));
    }
  }

  /**
   * A stream that is to stay as it is. What is pending was locked as it was loaded. The row of what has ended is written as it is, so that
   * nobody changes it before the commit. Of all others it is looked at the end where they stand.
   */
  function keep({ streamId, expectedVersion }: StreamAppend): void {
    const deliveryId = deliveryIdOf(streamId);
    const view = deliveryId === null ? undefined : deliveries.get(deliveryId);
    if (view !== undefined && view.state !== "pending") gather(view);
    else if (expectedVersion !== "any") kept.add(streamId);
  }

  function write(commit: Commit, found: readonly number[]): readonly AppendedStream[] {
    const appended = commit.streams.map((stream, index) => {
      const { streamId, events } = stream;
      let version = found[index] ?? 0;
      for (const event of events) {
        version += 1;
        writes.event(streamId, version, event, commit);
        project(streamId, event, version, commit);
      }
      if (events.length === 0) keep(stream);
      versions.set(streamId, version);
      return { streamId, version };
    });
    writes.values(commit);
    return appended;
  }

  const decided = commits.map((commit) => check(commit).map((found) => write(commit, found)));
  for (const streamId of kept) writes.standsAt(streamId, versions.get(streamId) ?? 0);
  return { decided, writes };
}
