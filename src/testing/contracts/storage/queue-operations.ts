import fc from "fast-check";

export const WEBHOOKS = ["w1", "w2", "w3", "w4"] as const;

const webhookId = fc.constantFrom(...WEBHOOKS);
const owner = fc.constantFrom("A", "B");
const delay = fc.constantFrom(0, 1, 10, 100);
/** Long enough for others to see it, mostly. */
const lease = fc.constantFrom(0, 10, 100, 100);
/** Of some a claim takes one, of others two or ten. The waits are about as long as the delays. */
const rateLimitPerSecond = fc.constantFrom(null, 7, 20, 100);
const nth = fc.nat(20);
/** Whether it is asked for by somebody who has not leased it. */
const isOthers = fc.constantFrom(false, false, true);
const underWay = fc.array(fc.tuple(webhookId, fc.nat(5)), { maxLength: 4 }).map((counts) => new Map(counts));
const perWebhook = fc.option(fc.record({ limit: fc.integer({ min: 1, max: 4 }), underWay }));

const name = <const Name extends string>(given: Name) => fc.constant(given);

/** An operation on a queue. `nth` picks one of the deliveries that it is for, counted round and round. */
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: name("schedule"), webhookId, delay, count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: name("claim"), owner, lease, limit: fc.integer({ min: 1, max: 8 }), perWebhook }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: name("claim named"), owner, lease, nth, limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: name("fail"), nth, delay }) },
  { weight: 1, arbitrary: fc.record({ do: name("succeed"), nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("cancel"), nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("redeliver"), nth, delay }) },
  { weight: 1, arbitrary: fc.record({ do: name("release"), isOthers, nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("renew"), isOthers, nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("pause"), webhookId, delay }) },
  { weight: 2, arbitrary: fc.record({ do: name("limit"), webhookId, rateLimitPerSecond }) },
  { weight: 1, arbitrary: fc.record({ do: name("rebuild") }) },
  { weight: 2, arbitrary: fc.record({ do: name("pass"), delay }) },
);

export type Operation = typeof operation extends fc.Arbitrary<infer One> ? One : never;

/** Sequences of operations, each of which begins with something that can be claimed. */
export const operations: fc.Arbitrary<readonly Operation[]> = fc
  .array(operation, { maxLength: 12, size: "max" })
  .map((others) => [{ do: "schedule", webhookId: "w1", delay: 0, count: 3 }, ...others]);
