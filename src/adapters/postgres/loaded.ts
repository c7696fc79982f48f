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
  /** The revision of the webhooks; null if it was not looked up. */
  readonly revision: number | null;
  readonly deliveries: ReadonlyMap<string, DeliveryView>;
  readonly leases: ReadonlyMap<string, Lease>;
  /** The deliveries without a row in the queue: those that have ended, and those whose row is lost. */
  readonly unqueued: ReadonlySet<string>;
  /** Since when webhooks fail, for those that do. */
  readonly failing: ReadonlyMap<string, EpochMs>;
  /** The messages that have an idempotency key, by its slot. */
  readonly keys: ReadonlyMap<string, string>;
  /** The versions of messages' streams. No row is folded from their events. */
  readonly versions: ReadonlyMap<string, number>;
  /** All events of each other stream. */
  readonly streams: ReadonlyMap<string, readonly RecordedEvent[]>;
}

/** What has to be looked up for a batch. */
export interface Wanted {
  readonly deliveryIds: readonly string[];
  readonly keys: readonly (readonly [tenantId: string, idempotencyKey: string])[];
  /** The webhooks of which it matters since when they fail. */
  readonly failingIds: readonly string[];
  /** Streams of neither deliveries nor messages. */
  readonly streamIds: readonly string[];
  /** The messages of whose streams only the versions matter. */
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

/** Returns the delivery's id, or null if the stream is not a delivery's. */
export function deliveryIdOf(stream: string): string | null {
  return stream.startsWith(ofDelivery) ? stream.slice(ofDelivery.length) : null;
}

/**
 * Tells whether the ledger's unique index checks that a stream is new: looking first would take a query for each
 * message. A violation takes the batch back. Each commit is then tried alone, and the stream is looked up.
 */
export function isLeftToIndex({ expectedVersion, events }: StreamAppend, alone: boolean): boolean {
  return expectedVersion === "no-stream" && events.length > 0 && !alone;
}

/** @param remembered - returns what is known of a delivery without looking; the write checks whether it still holds */
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
      // Without events, the write does not check whether it still holds.
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

/** Reads the deliveries and leases of which the rows tell. */
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
  return Result.combine(present.map(decodeDeliveryRow)).map((views) => ({
    leases,
    unqueued,
    deliveries: new Map(views.map((view) => [view.deliveryId, view])),
  }));
}

function isPresent(row: LoadedRow): row is LoadedRow & DeliveryRow {
  return row.deliveryId !== null;
}
