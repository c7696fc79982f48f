import type { EpochMs } from "../domain/instant.ts";
import type { DomainEvent, EventMetadata } from "../domain/ledger/index.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StoredResponse } from "./response-store.ts";
import type { SecretWrite } from "./secret-store.ts";

/** What the stream must be for the append to go through: at this version, new, there, or whatever it is. */
export type ExpectedVersion = number | "no-stream" | "stream-exists" | "any";

export interface StreamAppend {
  readonly streamId: string;
  readonly expectedVersion: ExpectedVersion;
  /**
   * Of the stream's own kind, as `webhook-…` holds a webhook's; others are a `StorageError`. Without any the stream stays as it is, and is
   * at the version when the commit goes through.
   */
  readonly events: readonly DomainEvent[];
}

/**
 * What an attempt says of its webhook, beside what it says of its delivery. Like leases, it is no domain event: it
 * steers when the next attempts are made.
 */
export interface AttemptedWebhook {
  readonly webhookId: string;
  readonly at: EpochMs;
  /** Whether the attempt failed. False as well where the webhook is to begin anew, as when it is activated. */
  readonly failing: boolean;
  /** Until then nothing of the webhook is claimed by anybody; a pause that lasts longer stays. */
  readonly pausedUntil: EpochMs | null;
}

/**
 * The commit goes through only if nobody but `owner` holds a lease on the delivery at `now`. Otherwise it is `LeaseLost`,
 * also where a stream has moved on as well.
 */
export interface Fence {
  readonly deliveryId: string;
  readonly owner: string;
  readonly now: EpochMs;
}

/**
 * The commit goes through only if, once every append that was asked for before it is applied, the webhook's
 * `DeliveryQueue.health` still has `since` as its `failingSince`.
 */
export interface StillFailing {
  readonly webhookId: string;
  readonly since: EpochMs;
}

/** Everything that one decision changes. */
export interface Commit {
  readonly recordedAt: EpochMs;
  /** Each stream at most once. */
  readonly streams: readonly StreamAppend[];
  readonly metadata?: EventMetadata;
  readonly messages?: readonly StoredMessage[];
  readonly secrets?: readonly SecretWrite[];
  readonly responses?: readonly StoredResponse[];
  readonly health?: readonly AttemptedWebhook[];
  readonly fences?: readonly Fence[];
  /** The ids of messages whose payload and subject are removed, with what was answered to their deliveries. */
  readonly erasures?: readonly string[];
  /** What it was decided on: it goes through only if `WebhookReadModel.revision` still is this. */
  readonly webhooksRevision?: number;
  readonly stillFailing?: StillFailing;
}

/** The rule behind {@link ExpectedVersion}; `actual` is 0 where there is no stream. */
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
