import type { ResultAsync } from "neverthrow";
import type { Commit, ExpectedVersion } from "./commit.ts";
import type { StorageError } from "./storage-error.ts";

/** The stream is not at the version that the writer expected: somebody else was first. Read it and decide again. */
export interface VersionConflict {
  readonly type: "VersionConflict";
  readonly streamId: string;
  readonly expected: ExpectedVersion;
  /** 0 if there is no such stream. */
  readonly actual: number;
  readonly message: string;
}

/** The tenant already has a message under this idempotency key. */
export interface IdempotencyKeyTaken {
  readonly type: "IdempotencyKeyTaken";
  readonly messageId: string;
  readonly message: string;
}

/** Another worker holds the delivery by now, so this worker's outcome is no longer awaited. */
export interface LeaseLost {
  readonly type: "LeaseLost";
  readonly deliveryId: string;
  readonly message: string;
}

/** A webhook has changed since the revision on which the commit was decided. Read the webhooks and decide again. */
export interface WebhooksChanged {
  readonly type: "WebhooksChanged";
  readonly message: string;
}

/** Since the failures on which the commit was decided, the webhook has had a success, or has begun anew. */
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
 * Appends to the ledger: the events, their projections and what goes with them, all of it or nothing. Expected versions
 * are enforced inside the transaction. Calls made at the same moment may share a transaction, in the order in which
 * they were made; one call's error does not affect the others. Once it resolves `Ok`, everything is on disk.
 *
 * A second message or secret of one id, or a second response to one attempt, is a `StorageError` with the reason
 * `unexpected`.
 *
 * What changes in the commit's objects after the append has resolved changes nothing here. Events are read back with
 * every text as it was given, half of a surrogate pair included.
 */
export interface LedgerWriter {
  append(commit: Commit): ResultAsync<readonly AppendedStream[], AppendError>;
}

export function versionConflict(streamId: string, expected: ExpectedVersion, actual: number): VersionConflict {
  const message = `the stream ${streamId} was expected to be at ${expected}, but is at version ${actual}`;
  return { type: "VersionConflict", streamId, expected, actual, message };
}

export function idempotencyKeyTaken(messageId: string): IdempotencyKeyTaken {
  return {
    type: "IdempotencyKeyTaken",
    messageId,
    message: `the message ${messageId} already has this idempotency key`,
  };
}

export function leaseLost(deliveryId: string): LeaseLost {
  return { type: "LeaseLost", deliveryId, message: `another worker holds the lease on the delivery ${deliveryId}` };
}

export function webhooksChanged(): WebhooksChanged {
  return { type: "WebhooksChanged", message: "a webhook has changed since the revision that the commit names" };
}

export function webhookRecovered(webhookId: string): WebhookRecovered {
  const message = `the webhook ${webhookId} has recovered or was activated again since its deactivation was decided`;
  return { type: "WebhookRecovered", webhookId, message };
}
