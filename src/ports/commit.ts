import type { EpochMs } from "../domain/instant.ts";
import type { DomainEvent, EventMetadata } from "../domain/ledger/index.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StoredResponse } from "./response-store.ts";
import type { SecretWrite } from "./secret-store.ts";

/** The stream that the append requires: at this version, not there yet, there already, or any. */
export type ExpectedVersion = number | "no-stream" | "stream-exists" | "any";

export interface StreamAppend {
  readonly streamId: string;
  readonly expectedVersion: ExpectedVersion;
  /**
   * Of the stream's own kind: a `webhook-…` stream holds a webhook's events. Other events are a `StorageError`. Without
   * events, the stream is not changed, but must still be at the expected version when the commit goes through.
   */
  readonly events: readonly DomainEvent[];
}

/**
 * What an attempt tells about its webhook, besides what it tells about its delivery. Like a lease, this is no domain
 * event: it only steers when the next attempts are made.
 */
export interface AttemptedWebhook {
  readonly webhookId: string;
  readonly at: EpochMs;
  /** Whether the attempt failed. Also false to give the webhook a fresh start, as when it is activated. */
  readonly failing: boolean;
  /** Nobody claims any of the webhook's deliveries before this time. A pause that already lasts longer stays. */
  readonly pausedUntil: EpochMs | null;
}

/** The owner of a fence that lets nobody's lease pass. No worker is named like this. */
export const NOBODY = "";

/**
 * Lets the commit through only if nobody but `owner` holds a lease on the delivery at `now`; with {@link NOBODY}, only
 * if nobody does. Otherwise the append answers `LeaseLost`, even if a stream has moved on as well.
 */
export interface Fence {
  readonly deliveryId: string;
  readonly owner: string;
  readonly now: EpochMs;
}

/**
 * Lets the commit through only if the webhook's `DeliveryQueue.health` still has `since` as its `failingSince`, once
 * every append that was asked for earlier is applied.
 */
export interface StillFailing {
  readonly webhookId: string;
  readonly since: EpochMs;
}

/** Everything that one decision changes. */
export interface Commit {
  readonly recordedAt: EpochMs;
  /** Each stream at most once: a commit that names one twice is a `StorageError`. */
  readonly streams: readonly StreamAppend[];
  readonly metadata?: EventMetadata;
  /** New ones: an id that is there already is a `StorageError`. */
  readonly messages?: readonly StoredMessage[];
  readonly secrets?: readonly SecretWrite[];
  readonly responses?: readonly StoredResponse[];
  readonly health?: readonly AttemptedWebhook[];
  readonly fences?: readonly Fence[];
  /**
   * The ids of messages to erase: their payload and subject are removed, with what receivers answered to their
   * deliveries.
   */
  readonly erasures?: readonly string[];
  /**
   * The revision on which the commit was decided. It goes through only if `WebhookReadModel.revision` is still the
   * same.
   */
  readonly webhooksRevision?: number;
  readonly stillFailing?: StillFailing;
}

/** The rule behind {@link ExpectedVersion}; `actual` is 0 if there is no stream. */
export function meetsExpectation(expected: ExpectedVersion, actual: number): boolean {
  switch (expected) {
    case "any":
      return true;
    case "no-stream":
      return actual === 0;
    case "stream-exists":
      return actual > 0;
  }
  return expected === actual;
}
