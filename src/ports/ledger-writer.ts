import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { DomainEvent, EventMetadata } from "../domain/ledger/index.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StoredResponse } from "./response-store.ts";
import type { SecretWrite } from "./secret-store.ts";
import type { StorageError } from "./storage-error.ts";

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

/** The stream is not what the writer took it for: somebody else was first. Read it and decide again. */
export interface VersionConflict {
  readonly type: "VersionConflict";
  readonly streamId: string;
  readonly expected: ExpectedVersion;
  /** 0 if there is no such stream. */
  readonly actual: number;
  readonly message: string;
}

/** The tenant has a message under this idempotency key already. */
export interface IdempotencyKeyTaken {
  readonly type: "IdempotencyKeyTaken";
  readonly messageId: string;
  readonly message: string;
}

/** Another worker has the delivery by now: what this one found out is no longer awaited. */
export interface LeaseLost {
  readonly type: "LeaseLost";
  readonly deliveryId: string;
  readonly message: string;
}

/** A webhook has changed since the revision on which the commit was decided. Read them, and decide again. */
export interface WebhooksChanged {
  readonly type: "WebhooksChanged";
  readonly message: string;
}

/** The webhook has had a success since the failures on which the commit was decided, or begun anew. */
export interface WebhookRecovered {
  readonly type: "WebhookRecovered";
  readonly webhookId: string;
  readonly message: string;
}

export type AppendError =
  StorageError | VersionConflict | IdempotencyKeyTaken | LeaseLost | WebhooksChanged | WebhookRecovered;

/** Where a stream stands after the append. */
export interface AppendedStream {
  readonly streamId: string;
  readonly version: number;
}

/**
 * Appends to the ledger: the events, their projections and what goes with them, all of it or nothing. Expected
 * versions are enforced inside the transaction. Calls of the same moment may share one, in the order in which they
 * were made; the trouble of one is not the others'. Once it resolves `Ok`, it is on disk.
 */
export interface LedgerWriter {
  append(commit: Commit): ResultAsync<readonly AppendedStream[], AppendError>;
}

export function versionConflict(streamId: string, expected: ExpectedVersion, actual: number): VersionConflict {
  const message = `the stream ${streamId} was expected to be at ${expected}, but is at version ${actual}`;
  return { type: "VersionConflict", streamId, expected, actual, message };
}

export function idempotencyKeyTaken(messageId: string): IdempotencyKeyTaken {
  return { type: "IdempotencyKeyTaken", messageId, message: `the message ${messageId} has this idempotency key` };
}

export function leaseLost(deliveryId: string): LeaseLost {
  return { type: "LeaseLost", deliveryId, message: `another worker holds the lease on the delivery ${deliveryId}` };
}

export function webhooksChanged(): WebhooksChanged {
  return { type: "WebhooksChanged", message: "a webhook has changed since the revision that the commit names" };
}

export function webhookRecovered(webhookId: string): WebhookRecovered {
  const message = `the webhook ${webhookId} does not fail any more since when the commit was decided on`;
  return { type: "WebhookRecovered", webhookId, message };
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
