import type { ResultAsync } from "neverthrow";
import type { PendingDelivery } from "../domain/delivery/index.ts";
import { FURTHEST_MS, type EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** Which deliveries somebody cares about. */
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
  /** At most so many in all. */
  readonly limit: number;
  /** At most so many to one webhook, those counted that are under way to it. Not for deliveries that are named. */
  readonly perWebhook?: { readonly limit: number; readonly underWay: ReadonlyMap<string, number> };
  /** Only these. */
  readonly deliveryIds?: readonly string[];
}

export interface Renewal {
  readonly owner: string;
  readonly deliveryIds: readonly string[];
  readonly leaseUntil: EpochMs;
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
  /** What is signed and sent: its message's body in UTF-8. Null where the message is gone, or was erased. */
  readonly body: Uint8Array | null;
  /** The webhooks' revision when it was claimed: what is known of its webhook at this one is still so. */
  readonly webhooksRevision: number;
}

/** How much there is to do, and how far the sending is behind. */
export interface QueueBacklog {
  /** How many deliveries are pending, whether or not they are due, leased or held back by a pause. */
  readonly pending: number;
  /**
   * When the longest due fell due of those that a claim could lease: due, free, and to a webhook that is not paused. Null where there is
   * none.
   */
  readonly dueSince: EpochMs | null;
}

/** A pause until then is one by hand: until somebody ends it. */
export const UNTIL_RESUMED: EpochMs = FURTHEST_MS;

/** What the attempts to a webhook have come to. */
export interface QueueHealth {
  /** When the first of the attempts failed that have all failed since; null where the last one succeeded, or none was made. */
  readonly failingSince: EpochMs | null;
  /**
   * Nothing of it is claimed before. Null where it was never paused, or resumed since; a time that is past says that the pause is over.
   * {@link UNTIL_RESUMED} as long as the webhook's row says that it is `paused`, which ends what pause there was before.
   */
  readonly pausedUntil: EpochMs | null;
}

/**
 * Hands deliveries to workers under leases. A lease is a claim for a time, not a fact: it is not in the ledger.
 * An append to the delivery's stream ends it.
 *
 * Every webhook has a queue of its own. They are served in turn: one that was served goes to the end of the line, so
 * that a webhook with a million pending deliveries holds back no other. One that was given one less than the others, where
 * the limit cannot be shared evenly, is before them the next time.
 */
export interface DeliveryQueue {
  /**
   * Leases up to `limit` pending deliveries that are due at `now` and free, of each webhook the longest due first.
   * It finds what was asked to be appended before it, through the same storage: a publish wakes its worker before it is on disk.
   * No two calls, from whatever process, get the same one until `leaseUntil` has passed, or its renewal. Fewer than
   * `limit` does not mean that there are no more: ask `nextDueAt`.
   *
   * @param ask - called when the claim's transaction begins, and not before: until then more slots may become free
   * @param found - called at most once, possibly before the leases are durable, so that the next claim can be asked for. Nothing may be
   * sent until the result resolves: it may have fewer deliveries, or be an error.
   */
  claim(
    ask: () => Claim,
    found?: (deliveries: readonly ClaimedDelivery[]) => void,
  ): ResultAsync<readonly ClaimedDelivery[], StorageError>;

  /** Gives up leases that `owner` still holds; others are left alone. */
  release(owner: string, deliveryIds: readonly string[]): ResultAsync<void, StorageError>;

  /**
   * Lets leases that `owner` still holds end at `leaseUntil` instead; others are left alone. It comes after the claims and appends that
   * were asked for before it, through the same storage.
   *
   * @param ask - called when the renewal is made, and not before: one that was held up is not to put back the end of a lease that its
   * owner has claimed anew meanwhile
   */
  renew(ask: () => Renewal): ResultAsync<void, StorageError>;

  /**
   * The earliest time at which a pending delivery is due, free, and to a webhook that is not paused; null if none is
   * pending. A time that is past says only that something can be claimed now.
   */
  nextDueAt(scope?: QueueScope): ResultAsync<EpochMs | null, StorageError>;

  /**
   * The backlog at `now`, both parts as they are on disk at one moment; of these webhooks alone, where they are given, each
   * counted once. Of no webhooks at all, and of those that nobody knows, there is none. What is pending is counted, but not gone through
   * for `dueSince`.
   */
  backlog(now: EpochMs, webhookIds?: readonly string[]): ResultAsync<QueueBacklog, StorageError>;

  /** Both parts as they are on disk at one moment; both null of a webhook that nobody knows. */
  health(webhookId: string): ResultAsync<QueueHealth, StorageError>;
}
