import type { ResultAsync } from "neverthrow";
import type { PendingDelivery } from "../domain/delivery/index.ts";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** Which deliveries a worker cares about. */
export interface QueueScope {
  /** Only these. */
  readonly deliveryIds?: readonly string[];
  /** Not those to these webhooks. */
  readonly exceptWebhookIds?: readonly string[];
}

export interface Claim {
  readonly owner: string;
  readonly now: EpochMs;
  readonly leaseUntil: EpochMs;
  readonly limit: number;
  readonly scope?: QueueScope;
}

/** Who holds a claimed delivery, and for how long. */
export interface Lease {
  readonly owner: string;
  readonly until: EpochMs;
}

export interface ClaimedDelivery {
  readonly delivery: PendingDelivery;
  /** The version of its stream, for the append of the outcome. */
  readonly version: number;
}

/**
 * Hands deliveries to workers under leases. A lease is a claim for a time, not a fact: it is not in the ledger.
 * An append to the delivery's stream ends it.
 */
export interface DeliveryQueue {
  /**
   * Leases up to `limit` pending deliveries that are due at `now` and free, the longest due first.
   * No two calls, from whatever process, get the same one until `leaseUntil` has passed.
   */
  claim(claim: Claim): ResultAsync<readonly ClaimedDelivery[], StorageError>;

  /** Gives up leases that `owner` still holds; others are left alone. */
  release(owner: string, deliveryIds: readonly string[]): ResultAsync<void, StorageError>;

  /** The earliest time at which a pending delivery is both due and free; null if none is pending. */
  nextDueAt(scope?: QueueScope): ResultAsync<EpochMs | null, StorageError>;
}
