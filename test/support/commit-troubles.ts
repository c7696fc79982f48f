import type { Commit } from "../../src/ports/commit.ts";
import {
  commit,
  deliveryStream,
  failed,
  message,
  registered,
  scheduled,
  secret,
  succeeded,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";

export interface Trouble {
  readonly what: string;
  readonly commit: () => Commit;
  readonly error: object;
  /** Whether its neighbours still commit in one transaction; if not, that is rolled back and each commits alone. */
  readonly isShared: boolean;
}

export const withStreams = (streams: Commit["streams"], other: Partial<Commit>): Commit => ({
  recordedAt: T0,
  streams,
  ...other,
});
export const onNew = {
  streamId: webhookStream("troubled"),
  expectedVersion: "any",
  events: [registered("troubled")],
} as const;

/**
 * Commits that are refused. The storage has a delivery "there" that B has leased and a secret "there". The neighbours
 * begin the deliveries d0, d1, … with the messages m0, m1, … under the keys key-0, key-1, …
 */
export const troubles: readonly Trouble[] = [
  {
    what: "the wrong version of a stream that is there",
    commit: () => commit(deliveryStream("there"), 7, [succeeded]),
    error: { type: "VersionConflict", streamId: "delivery-there", expected: 7, actual: 1 },
    isShared: true,
  },
  {
    what: "a stream that should not be there, and is",
    commit: () => commit(deliveryStream("there"), "no-stream", [scheduled("there")]),
    error: { type: "VersionConflict", streamId: "delivery-there", expected: "no-stream", actual: 1 },
    isShared: false,
  },
  {
    what: "a stream that should not be there, and is, of a commit without events",
    commit: () => commit(deliveryStream("there"), "no-stream", []),
    error: { type: "VersionConflict", streamId: "delivery-there", expected: "no-stream", actual: 1 },
    isShared: true,
  },
  {
    what: "a stream that a neighbour has just begun",
    commit: () => commit(deliveryStream("d0"), "no-stream", [scheduled("d0")]),
    error: { type: "VersionConflict", streamId: "delivery-d0", expected: "no-stream", actual: 1 },
    isShared: true,
  },
  {
    what: "an idempotency key that a neighbour has just taken",
    commit: () => withStreams([onNew], { messages: [message("mine", { idempotencyKey: "key-0" })] }),
    error: { type: "IdempotencyKeyTaken", messageId: "m0" },
    isShared: true,
  },
  {
    what: "a lease that is another's",
    commit: () => withStreams([onNew], { fences: [{ deliveryId: "there", owner: "A", now: T0 }] }),
    error: { type: "LeaseLost", deliveryId: "there" },
    isShared: true,
  },
  {
    what: "a webhook that has not failed since then",
    commit: () => withStreams([onNew], { stillFailing: { webhookId: "webhook-1", since: T0 } }),
    error: { type: "WebhookRecovered", webhookId: "webhook-1" },
    isShared: true,
  },
  {
    what: "a message id that is a neighbour's",
    commit: () => withStreams([onNew], { messages: [message("m0")] }),
    error: { type: "StorageError", reason: "unexpected" },
    isShared: false,
  },
  {
    what: "a secret id that is there already",
    commit: () => withStreams([onNew], { secrets: [{ op: "put", secret: secret("there") }] }),
    error: { type: "StorageError", reason: "unexpected" },
    isShared: false,
  },
  {
    what: "a value that its column does not take",
    commit: () => withStreams([onNew], { messages: [message("mine", { createdAt: 0.5 })] }),
    error: { type: "StorageError", reason: "unexpected" },
    isShared: false,
  },
  {
    what: "an event that cannot be stored",
    commit: () => commit(deliveryStream("there"), 1, [failed(Number.NaN, null)]),
    error: { type: "StorageError", reason: "unexpected" },
    isShared: true,
  },
];
