import { Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import { streamId, type DeliveryView, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { Lease } from "../../ports/delivery-queue.ts";
import type { Commit, StreamAppend } from "../../ports/commit.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { decodeDeliveryRow, type DeliveryRow } from "../sql/delivery-row.ts";
import type { LoadedRow } from "./load-statements.ts";

/** What commits are decided on, as the transaction sees it. */
export interface Loaded {
  /** Of the webhooks; null where it was not looked up. */
  readonly revision: number | null;
  readonly deliveries: ReadonlyMap<string, DeliveryView>;
  readonly leases: ReadonlyMap<string, Lease>;
  /** The deliveries that are in no row of the queue: those that have ended, and where the row is lost. */
  readonly unqueued: ReadonlySet<string>;
  /** Since when webhooks fail that do. */
  readonly failing: ReadonlyMap<string, EpochMs>;
  /** The messages that have an idempotency key, by its slot. */
  readonly keys: ReadonlyMap<string, string>;
  /** Where streams of messages stand: no row is folded from their events. */
  readonly versions: ReadonlyMap<string, number>;
  /** All events of another stream. */
  readonly streams: ReadonlyMap<string, readonly RecordedEvent[]>;
}

/** What of a batch has to be looked up. */
export interface Wanted {
  readonly deliveryIds: readonly string[];
  readonly keys: readonly (readonly [tenantId: string, idempotencyKey: string])[];
  /** Webhooks of which it matters since when they fail. */
  readonly failingIds: readonly string[];
  /** Streams of neither deliveries nor messages. */
  readonly streamIds: readonly string[];
  /** Of whose streams only the versions matter. */
  readonly messageIds: readonly string[];
}

export const NOTHING_LOADED: Loaded = {
  revision: null,
  deliveries: new Map(),
  leases: new Map(),
  unqueued: new Set(),
  failing: new Map(),
  keys: new Map(),
  versions: new Map(),
  streams: new Map(),
};

const ofDelivery = streamId("delivery", "");
const ofMessage = streamId("message", "");

/** Null where it is not a delivery's. */
export function deliveryIdOf(stream: string): string | null {
  return stream.startsWith(ofDelivery) ? stream.slice(ofDelivery.length) : null;
}

/**
 * That a stream is new is left to the unique index of the ledger: looking first is a query for each message. Its violation
 * takes the batch back, and then each commit is tried alone, where the stream is looked for.
 */
export function isLeftToIndex({ expectedVersion, events }: StreamAppend, alone: boolean): boolean {
  return expectedVersion === "no-stream" && events.length > 0 && !alone;
}

/** @param remembered - what is known of a delivery without looking; the write looks whether it is still so */
export function wantedBy(
  commits: readonly Commit[],
  remembered: (deliveryId: string) => DeliveryView | undefined,
  alone: boolean,
): Wanted {
  const deliveryIds = new Set<string>();
  const streamIds = new Set<string>();
  const messageIds = new Set<string>();
  const keys: (readonly [string, string])[] = [];
  const failingIds = new Set<string>();
  for (const { streams, fences = [], messages = [], stillFailing } of commits) {
    if (stillFailing !== undefined) failingIds.add(stillFailing.webhookId);
    const known = new Set<string>();
    for (const stream of streams) {
      if (isLeftToIndex(stream, alone)) continue;
      const deliveryId = deliveryIdOf(stream.streamId);
      if (stream.streamId.startsWith(ofMessage)) messageIds.add(stream.streamId.slice(ofMessage.length));
      else if (deliveryId === null) streamIds.add(stream.streamId);
      // Where there are no events, the write does not look whether it still is so.
      else if (!alone && stream.events.length > 0 && remembered(deliveryId)?.version === stream.expectedVersion)
        known.add(deliveryId);
      else deliveryIds.add(deliveryId);
    }
    for (const { deliveryId } of fences) if (!known.has(deliveryId)) deliveryIds.add(deliveryId);
    for (const { tenantId, idempotencyKey } of messages)
      if (idempotencyKey !== null) keys.push([tenantId, idempotencyKey]);
  }
  return {
    deliveryIds: [...deliveryIds],
    keys,
    failingIds: [...failingIds],
    streamIds: [...streamIds],
    messageIds: [...messageIds],
  };
}

export function carriesKey({ messages = [] }: Commit): boolean {
  return messages.some(({ idempotencyKey }) => idempotencyKey !== null);
}

/** The deliveries and leases that rows tell of. */
export function readRows(
  rows: readonly LoadedRow[],
): Result<Pick<Loaded, "deliveries" | "leases" | "unqueued">, StorageError> {
  const leases = new Map<string, Lease>();
  const unqueued = new Set<string>();
  const present: DeliveryRow[] = [];
  for (const row of rows) {
    if (!isPresent(row)) continue;
    present.push(row);
    const { deliveryId, leaseOwner: owner, leaseExpiresAt: until } = row;
    if (!row.isQueued) unqueued.add(deliveryId);
    if (owner !== null && until !== null) leases.set(deliveryId, { owner, until });
  }
  return Result.combine(present.map(toView)).map((views) => ({
    leases,
    unqueued,
    deliveries: new Map(views.map((view) => [view.deliveryId, view])),
  }));
}

function isPresent(row: LoadedRow): row is LoadedRow & DeliveryRow {
  return row.deliveryId !== null;
}

function toView(row: DeliveryRow): Result<DeliveryView, StorageError> {
  return decodeDeliveryRow({
    deliveryId: row.deliveryId,
    messageId: row.messageId,
    webhookId: row.webhookId,
    tenantId: row.tenantId,
    event: row.event,
    state: row.state,
    attempts: row.attempts,
    attemptsBeforeRound: row.attemptsBeforeRound,
    nextAttemptAt: row.nextAttemptAt,
    cancellationReason: row.cancellationReason,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  });
}
