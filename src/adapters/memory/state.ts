import type { DeliveryView, RecordedEvent, WebhookView } from "../../domain/ledger/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { StoredSecret } from "../../ports/secret-store.ts";
import { createSortedIds, type SortedIds } from "./sorted-ids.ts";

export interface Lease {
  readonly owner: string;
  readonly until: EpochMs;
}

/** The tables that can be dropped and derived from the ledger again. */
export interface ProjectedState {
  /** By webhook id, in the order of registration. */
  readonly webhooks: Map<string, WebhookView>;
  readonly deliveries: Map<string, DeliveryView>;
  readonly deliveryIds: SortedIds;
  /** Those of the deliveries that a worker may claim. */
  readonly pending: Map<string, ClaimedDelivery>;
}

/** All data of one adapter. What is in it is frozen or never handed out. */
export interface State {
  readonly events: RecordedEvent[];
  readonly streams: Map<string, RecordedEvent[]>;
  readonly projected: ProjectedState;
  /** By delivery id. Not derived from the ledger, so a rebuild leaves them alone. */
  readonly leases: Map<string, Lease>;
  readonly messages: Map<string, StoredMessage>;
  /** Message ids by tenant and idempotency key, see `idempotencySlot`. */
  readonly idempotencyKeys: Map<string, string>;
  /** By delivery id. */
  readonly responses: Map<string, StoredResponse[]>;
  /** By webhook id, in the order of writing. */
  readonly secrets: Map<string, StoredSecret[]>;
}

export function createState(): State {
  return {
    events: [],
    streams: new Map(),
    projected: createProjectedState(),
    leases: new Map(),
    messages: new Map(),
    idempotencyKeys: new Map(),
    responses: new Map(),
    secrets: new Map(),
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

/** One key for both: a separator would let a tenant's name run into the key. */
export function idempotencySlot(tenantId: string, idempotencyKey: string): string {
  return JSON.stringify([tenantId, idempotencyKey]);
}
