import type { DeliveryView, RecordedEvent, WebhookView } from "../../domain/ledger/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { ClaimedDelivery, Lease } from "../../ports/delivery-queue.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { StoredSecret } from "../../ports/secret-store.ts";
import { createSortedIds, type SortedIds } from "./sorted-ids.ts";

/** The place of a webhook's pending deliveries in the line. Technical, as leases are. */
export interface QueueState {
  /** When it was last served. It waits behind webhooks whose deliveries fell due earlier. */
  servedAt: EpochMs;
  /** The number of its last turn, which orders turns within one millisecond. */
  turn: number;
  /** Null if it was never paused. */
  pausedUntil: EpochMs | null;
  /** Since when every attempt has failed; null if the last one succeeded. */
  failingSince: EpochMs | null;
}

/** The tables that can be dropped and derived from the ledger again. */
export interface ProjectedState {
  /** By webhook id, in the order of registration. */
  readonly webhooks: Map<string, WebhookView>;
  readonly deliveries: Map<string, DeliveryView>;
  readonly deliveryIds: SortedIds;
  /** The deliveries that a worker may claim. */
  readonly pending: Map<string, Claimable>;
}

export type Claimable = Pick<ClaimedDelivery, "delivery" | "version">;

/** All data of one adapter. Everything in it is frozen or never handed out. */
export interface State {
  readonly events: RecordedEvent[];
  /** The position of the last event ever appended, whether it is still there or not. */
  lastPosition: number;
  readonly streams: Map<string, RecordedEvent[]>;
  readonly projected: ProjectedState;
  /** By delivery id. Not derived from the ledger, so a rebuild leaves the leases alone. */
  readonly leases: Map<string, Lease>;
  /** By webhook id. */
  readonly queues: Map<string, QueueState>;
  /** How many turns there have been. */
  turns: number;
  /** How often any webhook or any of its secrets has changed. */
  revision: number;
  readonly messages: Map<string, StoredMessage>;
  /** Message ids by tenant and idempotency key, see `idempotencySlot`. */
  readonly idempotencyKeys: Map<string, string>;
  /** By delivery id. */
  readonly responses: Map<string, StoredResponse[]>;
  /** By webhook id, in the order of writing. */
  readonly secrets: Map<string, StoredSecret[]>;
  /** By the name under which the ledger is followed. */
  readonly checkpoints: Map<string, { readonly position: number; readonly lead: Lease | null }>;
}

export function createState(): State {
  return {
    events: [],
    lastPosition: 0,
    streams: new Map(),
    projected: createProjectedState(),
    leases: new Map(),
    queues: new Map(),
    turns: 0,
    revision: 0,
    messages: new Map(),
    idempotencyKeys: new Map(),
    responses: new Map(),
    secrets: new Map(),
    checkpoints: new Map(),
  };
}

export function createProjectedState(): ProjectedState {
  return { webhooks: new Map(), deliveries: new Map(), deliveryIds: createSortedIds(), pending: new Map() };
}

export function clearProjectedState({ webhooks, deliveries, deliveryIds, pending }: ProjectedState): void {
  webhooks.clear();
  deliveries.clear();
  deliveryIds.clear();
  pending.clear();
}

export function queueOf({ queues }: State, webhookId: string): QueueState {
  const known = queues.get(webhookId);
  if (known !== undefined) return known;
  const fresh = { servedAt: -Infinity, turn: 0, pausedUntil: null, failingSince: null };
  queues.set(webhookId, fresh);
  return fresh;
}
