import type { ResultAsync } from "neverthrow";
import type { PendingDelivery } from "../domain/delivery/index.ts";
import { FURTHEST_MS, type EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** The deliveries that a caller is interested in. */
export interface QueueScope {
  /** Only these deliveries. */
  readonly deliveryIds?: readonly string[];
  /** Leaves out deliveries to these webhooks. */
  readonly exceptWebhookIds?: readonly string[];
}

export interface Claim {
  readonly owner: string;
  readonly now: EpochMs;
  readonly leaseUntil: EpochMs;
  /** The most deliveries in all. */
  readonly limit: number;
  /** The most deliveries to one webhook, including those under way to it. Does not apply to deliveries named by id. */
  readonly perWebhook?: { readonly limit: number; readonly underWay: ReadonlyMap<string, number> };
  /** Only these deliveries. */
  readonly deliveryIds?: readonly string[];
}

export interface Renewal {
  readonly owner: string;
  readonly deliveryIds: readonly string[];
  readonly leaseUntil: EpochMs;
}

/** Who holds a claimed delivery, and until when. */
export interface Lease {
  readonly owner: string;
  readonly until: EpochMs;
}

export interface ClaimedDelivery {
  readonly delivery: PendingDelivery;
  /** The version of its stream, at which the outcome is appended. */
  readonly version: number;
  /** What is signed and sent: the message's body in UTF-8. Null if the message is gone or was erased. */
  readonly body: Uint8Array | null;
  /** The webhooks' revision at the claim. Whatever was read about the webhook at this revision is still true. */
  readonly webhooksRevision: number;
}

/** How much there is to do, and how far the sending is behind. */
export interface QueueBacklog {
  /** How many deliveries are pending, whether or not they are due, leased or held back by a pause. */
  readonly pending: number;
  /**
   * When the delivery that has been due longest fell due, among those that a claim could lease: due, free, and to a
   * webhook that is not paused. Null if there is none.
   */
  readonly dueSince: EpochMs | null;
}

/** The end of a pause by hand, which lasts until somebody ends it. */
export const UNTIL_RESUMED: EpochMs = FURTHEST_MS;

/** The state of a webhook's queue, as its attempts have left it. */
export interface QueueHealth {
  /**
   * When the first attempt of the present run of failures failed. Null if the last attempt succeeded, or if none was
   * made.
   */
  readonly failingSince: EpochMs | null;
  /**
   * None of its deliveries is claimed before this time, for a pause or for its rate limit. Null if it was never paused,
   * or was resumed since; a time in the past means that the pause is over. {@link UNTIL_RESUMED} as long as the
   * webhook's row says `paused`; that replaces any pause there was before.
   */
  readonly pausedUntil: EpochMs | null;
}

/**
 * Hands deliveries to workers under leases. A lease is a claim for a time, not a fact, so it is not in the ledger. An
 * append to the delivery's stream ends it.
 *
 * Every webhook has a queue of its own, and the queues are served in turn. A webhook that was served goes to the end of
 * the line, so a webhook with a million pending deliveries holds back no other. One that had nothing due comes before
 * those that were served after its delivery fell due. If the limit cannot be shared evenly, those that were given one
 * less stay ahead of the others for the next time.
 */
export interface DeliveryQueue {
  /**
   * Leases up to `limit` pending deliveries that are due at `now` and free, the longest due of each webhook first, and
   * returns them in the order in which they fell due. The claim sees every append that was asked for earlier through
   * the same storage: a publish wakes its worker before it is on disk. No two calls, from any process, get the same
   * delivery until its lease, as claimed or renewed, has passed. Fewer than `limit` does not mean that there are no
   * more: ask `nextDueAt`.
   *
   * To an active webhook with a rate limit it leases no more than `burstOf` allows, named or not, and none of its
   * others is claimed before `nextWithinLimit`: it is paused until then.
   *
   * @param ask - called when the claim's transaction begins, and not before: until then more slots may become free. If
   *   it throws, which is a bug, the call rejects with that, and no other call is affected
   * @param found - called at most once, possibly before the leases are durable, so that the next claim can be asked
   *   for. Nothing may be sent until the result resolves: it may have fewer deliveries, or be an error.
   */
  claim(
    ask: () => Claim,
    found?: (deliveries: readonly ClaimedDelivery[]) => void,
  ): ResultAsync<readonly ClaimedDelivery[], StorageError>;

  /** Gives up the named deliveries' leases that `owner` still holds, and leaves others alone. */
  release(owner: string, deliveryIds: readonly string[]): ResultAsync<void, StorageError>;

  /**
   * Moves the end of the named deliveries' leases that `owner` still holds to `leaseUntil`, and leaves others alone. It
   * takes effect after the claims and appends that were asked for earlier through the same storage.
   *
   * @param ask - called when the renewal is made, and not before: a renewal that was held up must not shorten a lease
   *   that its owner has claimed anew meanwhile
   */
  renew(ask: () => Renewal): ResultAsync<void, StorageError>;

  /**
   * Returns the earliest time at which a pending delivery is due, free, and to a webhook that is not paused; null if
   * none is pending. A time in the past only means that something can be claimed now.
   */
  nextDueAt(scope?: QueueScope): ResultAsync<EpochMs | null, StorageError>;

  /**
   * Returns the backlog at `now`, both parts as they are on disk at one moment. With `webhookIds` it covers those
   * webhooks alone, each counted once; an empty list and unknown webhooks have no backlog. `pending` is counted;
   * `dueSince` is found without going through all that is pending.
   */
  backlog(now: EpochMs, webhookIds?: readonly string[]): ResultAsync<QueueBacklog, StorageError>;

  /** Returns both parts as they are on disk at one moment; both are null for an unknown webhook. */
  health(webhookId: string): ResultAsync<QueueHealth, StorageError>;
}
