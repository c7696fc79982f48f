import fc from "fast-check";
import type { Commit, ExpectedVersion } from "../../src/ports/commit.ts";
import type { SecretWrite } from "../../src/ports/secret-store.ts";
import type { Storage } from "../../src/ports/storage.ts";
import type { DomainEvent } from "../../src/domain/ledger/index.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import {
  failed,
  message,
  registered,
  scheduled,
  secret,
  succeeded,
  T0,
} from "../../src/testing/contracts/storage/facts.ts";
import { deliveryIds, messageIds, webhookIds, withoutRevision } from "./contents-of.ts";

// Writes to a storage that get in each other's way: few streams, ids and keys, and versions that are sometimes wrong.
// Most are taken all the same, since what is refused leaves nothing that could get in the way of anything.

const webhookId = fc.constantFrom(...webhookIds);
const deliveryId = fc.constantFrom(...deliveryIds);
const soon = fc.constantFrom(T0, T0 + 1, T0 + 50);
const owner = fc.constantFrom("A", "B");
const expectedVersion: fc.Arbitrary<ExpectedVersion> = fc.oneof(
  { weight: 6, arbitrary: fc.constant("any" as const) },
  { weight: 1, arbitrary: fc.constantFrom("no-stream" as const, "stream-exists" as const) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
);

const deliveryEvent: fc.Arbitrary<DomainEvent> = fc.oneof(
  { weight: 3, arbitrary: soon.map((retryAt) => failed(1, retryAt)) },
  { weight: 1, arbitrary: fc.constant(succeeded) },
);

/** Scheduled once: no decider schedules what is there, and storages need not agree on what that does to a lease. */
const scheduling = fc.tuple(deliveryId, webhookId, soon).map(([id, to, dueAt]) => ({
  streamId: `delivery-${id}`,
  expectedVersion: "no-stream" as const,
  events: [scheduled(id, { webhookId: to, dueAt })],
}));

const webhookEvent = (id: string): fc.Arbitrary<DomainEvent> =>
  fc.constantFrom<DomainEvent>(
    registered(id),
    { type: "WebhookUrlChanged", data: { url: "https://b.example/" } },
    // By the one a claim takes one and the rest waits until the end, by the other it may take all.
    ...[15, 100, null].map((rateLimitPerSecond) => ({
      type: "WebhookRateLimitChanged" as const,
      data: { rateLimitPerSecond },
    })),
    { type: "WebhookDeleted", data: {} },
  );

const stream = fc.oneof(
  { weight: 3, arbitrary: deliveryId.chain((id) => streamOf(`delivery-${id}`, deliveryEvent)) },
  { weight: 1, arbitrary: scheduling },
  { weight: 1, arbitrary: webhookId.chain((id) => streamOf(`webhook-${id}`, webhookEvent(id))) },
);

function streamOf(streamId: string, event: fc.Arbitrary<DomainEvent>) {
  return fc.record({ streamId: fc.constant(streamId), expectedVersion, events: fc.array(event, { maxLength: 3 }) });
}

/** Mostly each once: what names a stream twice is refused whatever it is. */
const streams = fc.oneof(
  { weight: 8, arbitrary: fc.uniqueArray(stream, { maxLength: 2, selector: ({ streamId }) => streamId }) },
  { weight: 1, arbitrary: fc.array(stream, { maxLength: 3 }) },
);

const messages = fc
  .tuple(fc.constantFrom(...messageIds), fc.option(fc.constantFrom("k1", "k2")))
  .map(([id, idempotencyKey]) => message(id, { idempotencyKey }));

const secrets = fc.oneof<[fc.Arbitrary<SecretWrite>, fc.Arbitrary<SecretWrite>]>(
  fc.constantFrom("s1", "s2").map((id) => ({ op: "put", secret: secret(id) })),
  fc.constant({ op: "forget", webhookId: "webhook-1" }),
);

const few = <T>(one: fc.Arbitrary<T>, maxLength = 1) => fc.array(one, { maxLength });

/** Mostly not there: each refuses or holds back what else would happen. */
const seldom = <Nothing, T>(nothing: Nothing, one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: one });

const stillFailing = fc.record({ webhookId, since: soon });

const commits: fc.Arbitrary<Commit> = fc
  .record({
    recordedAt: fc.constant(T0),
    streams,
    messages: few(messages),
    secrets: few(secrets),
    responses: few(fc.record({ deliveryId, attempt: fc.constantFrom(1, 2), excerpt: fc.constant("no") })),
    health: few(fc.record({ webhookId, at: soon, failing: fc.boolean(), pausedUntil: seldom(null, soon) }), 2),
    fences: few(fc.record({ deliveryId, owner, now: soon })),
    stillFailing: seldom(undefined, stillFailing),
  })
  .map(({ stillFailing: failing, ...others }) =>
    failing === undefined ? others : { ...others, stillFailing: failing },
  );

type Call = (
  storage: Storage,
) =>
  | ReturnType<Storage["writer"]["append"]>
  | ReturnType<Storage["queue"]["claim"]>
  | ReturnType<Storage["queue"]["release"]>;

/** A call, and a description of it for the report of a failed run. */
export interface Write {
  readonly what: unknown;
  readonly call: Call;
}

export const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 6,
    arbitrary: commits.map((commit): Write => ({ what: commit, call: ({ writer }) => writer.append(commit) })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(owner, soon).map(([by, now]): Write => {
      const claim = claimOf({ owner: by, now, leaseUntil: now + 20 });
      return { what: claim, call: ({ queue }) => queue.claim(() => claim).map(withoutRevision) };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(owner, deliveryId).map(([by, id]): Write => ({
      what: `release ${id} by ${by}`,
      call: ({ queue }) => queue.release(by, [id]),
    })),
  },
);

/** What is there for others to get in the way of. */
export const beginning: Write = {
  what: "a webhook, and two deliveries that are due",
  call: ({ writer }) =>
    writer.append({
      recordedAt: T0,
      streams: [
        { streamId: "webhook-w1", expectedVersion: "no-stream", events: [registered("w1")] },
        { streamId: "delivery-d1", expectedVersion: "no-stream", events: [scheduled("d1", { webhookId: "w1" })] },
        { streamId: "delivery-d2", expectedVersion: "no-stream", events: [scheduled("d2", { webhookId: "w2" })] },
      ],
    }),
};
