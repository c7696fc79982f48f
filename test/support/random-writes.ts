import fc from "fast-check";
import type { ClaimedDelivery } from "../../src/ports/delivery-queue.ts";
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

// Writes to a storage that get in each other's way: few streams, ids and keys, and versions that are often wrong.

const deliveryIds = ["d1", "d2", "d3"] as const;
const webhookIds = ["w1", "w2"] as const;
const webhookId = fc.constantFrom(...webhookIds);
const deliveryId = fc.constantFrom(...deliveryIds);
const soon = fc.constantFrom(T0, T0 + 1, T0 + 50);
const owner = fc.constantFrom("A", "B");
const expectedVersion: fc.Arbitrary<ExpectedVersion> = fc.oneof(
  { weight: 3, arbitrary: fc.constant("any" as const) },
  { weight: 2, arbitrary: fc.constantFrom("no-stream" as const, "stream-exists" as const) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
);

const deliveryEvent = (id: string): fc.Arbitrary<DomainEvent> =>
  fc.oneof(
    fc.tuple(webhookId, soon).map(([to, dueAt]) => scheduled(id, { webhookId: to, dueAt })),
    soon.map((retryAt) => failed(1, retryAt)),
    fc.constant(succeeded),
  );

const webhookEvent = (id: string): fc.Arbitrary<DomainEvent> =>
  fc.constantFrom<DomainEvent>(
    registered(id),
    { type: "WebhookUrlChanged", data: { url: "https://b.example/" } },
    { type: "WebhookDeleted", data: {} },
  );

const stream = fc.oneof(
  { weight: 3, arbitrary: deliveryId.chain((id) => streamOf(`delivery-${id}`, deliveryEvent(id))) },
  { weight: 1, arbitrary: webhookId.chain((id) => streamOf(`webhook-${id}`, webhookEvent(id))) },
);

function streamOf(streamId: string, event: fc.Arbitrary<DomainEvent>) {
  return fc.record({ streamId: fc.constant(streamId), expectedVersion, events: fc.array(event, { maxLength: 3 }) });
}

const messages = fc
  .tuple(fc.constantFrom("m1", "m2", "m3", "m4"), fc.option(fc.constantFrom("k1", "k2")))
  .map(([id, idempotencyKey]) => message(id, { idempotencyKey }));

const secrets = fc.oneof<[fc.Arbitrary<SecretWrite>, fc.Arbitrary<SecretWrite>]>(
  fc.constantFrom("s1", "s2").map((id) => ({ op: "put", secret: secret(id) })),
  fc.constant({ op: "forget", webhookId: "webhook-1" }),
);

const few = <T>(one: fc.Arbitrary<T>, maxLength = 1) => fc.array(one, { maxLength });

const commits: fc.Arbitrary<Commit> = fc.record({
  recordedAt: fc.constant(T0),
  streams: few(stream, 3),
  messages: few(messages, 2),
  secrets: few(secrets),
  responses: few(fc.record({ deliveryId, attempt: fc.constantFrom(1, 2), excerpt: fc.constant("no") })),
  health: few(fc.record({ webhookId, at: soon, failing: fc.boolean(), pausedUntil: fc.option(soon) }), 2),
  fences: few(fc.record({ deliveryId, owner, now: soon })),
});

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

/** All that the ports of a storage show of its contents. */
export async function contentsOf({ reader, webhooks, deliveries, messages, responses, secrets, queue }: Storage) {
  const results = await Promise.all([
    reader.readAll({ limit: 1000 }),
    webhooks.list(""),
    deliveries.list({ limit: 1000 }),
    queue.nextDueAt(),
    ...webhookIds.map((id) => queue.health(id)),
    ...["m1", "m2", "m3", "m4"].map((id) => messages.get(id)),
    ...deliveryIds.map((id) => responses.ofDeliveries([id])),
    secrets.ofWebhook("webhook-1", T0),
    queue.claim(() => claimOf({ owner: "last", now: T0 + 10 })).map(withoutRevision),
  ]);
  return results.map((result) => result._unsafeUnwrap());
}

/** Calls that share a transaction raise the webhooks' revision only once, so it is left out of comparisons. */
function withoutRevision(claimed: readonly ClaimedDelivery[]): readonly ClaimedDelivery[] {
  return claimed.map((one) => ({ ...one, webhooksRevision: 0 }));
}
