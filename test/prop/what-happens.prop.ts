import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import type { RecordedEvent } from "../../src/index.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { histories, live } from "../../src/testing/contracts/storage/histories.ts";
import { answers, openRepeatable, steps, take } from "../support/front-door-steps.ts";
import { readLedger, value } from "../support/open-hooks.ts";
import { beginning, write } from "../support/random-writes.ts";

// A property holds trivially of what never happens. So this counts what happens in the sequences that other properties
// generate, with a seed of its own: it fails if most calls are refused, or find nothing, which those would not notice.

const drawn = { numRuns: 60, seed: 1 };

/** Counts how often each name occurs. */
function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Returns the names that occur less often than they must, with how often they do. */
function tooFew(names: readonly string[], least: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const counts = counted(names);
  const missing = Object.entries(least).filter(([name, count]) => (counts[name] ?? 0) < count);
  return Object.fromEntries(missing.map(([name]) => [name, counts[name] ?? 0]));
}

const typesOf = (events: readonly RecordedEvent[]) => events.map(({ type }) => type);

it("in calls of the front door deliveries are made, fail, are exhausted, cancelled, redelivered and pruned", async () => {
  const happened: string[] = [];
  for (const [sequence, script] of fc.sample(fc.tuple(steps, answers), drawn)) {
    const hooks = await openRepeatable(memoryStorage(), script);
    for (const step of sequence) {
      const answer = await take(hooks, step);
      if (answer.isOk()) happened.push(`${step.do} is taken`);
      if (step.do === "prune" && /"deliveries":[1-9]/.test(JSON.stringify(answer)))
        happened.push("deliveries are pruned");
    }
    happened.push(...typesOf(await readLedger(hooks)));
    await value(hooks.close());
  }
  const calls = { register: 60, update: 30, rotate: 5, delete: 5, publish: 100, redeliver: 10, cancel: 10, replay: 10 };
  const taken = Object.fromEntries(Object.entries(calls).map(([call, count]) => [`${call} is taken`, count]));
  const events = {
    ...{ DeliveryScheduled: 100, DeliveryAttemptFailed: 60, DeliverySucceeded: 20, DeliveryExhausted: 10 },
    ...{ DeliveryCancelled: 10, RedeliveryRequested: 5, MessageErased: 5, WebhookDeactivated: 5 },
  };
  expect(tooFew(happened, { ...taken, ...events, "deliveries are pruned": 3 })).toEqual({});
});

it("the storage contract's histories have every event of a webhook and a delivery", async () => {
  const happened: string[] = [];
  for (const history of fc.sample(histories, { ...drawn, numRuns: 20 })) {
    const storage = await value(memoryStorage().open());
    await live(storage, history);
    happened.push(...typesOf(await value(storage.reader.readAll({ limit: 1000 }))));
  }
  const ofWebhooks = {
    ...{ WebhookRegistered: 40, WebhookUrlChanged: 5, WebhookSubscriptionChanged: 5, WebhookRetryConfigChanged: 5 },
    ...{ WebhookHeadersChanged: 5, WebhookSecretRotated: 5, WebhookSchemesChanged: 5, WebhookKeyPairRotated: 5 },
    ...{ WebhookActivated: 1, WebhookDeactivated: 3, WebhookPaused: 3, WebhookResumed: 1, WebhookDeleted: 3 },
  };
  const ofDeliveries = {
    ...{ DeliveryScheduled: 40, DeliveryAttemptFailed: 20, DeliverySucceeded: 5 },
    ...{ DeliveryExhausted: 5, DeliveryCancelled: 5, RedeliveryRequested: 5 },
  };
  expect(tooFew(happened, { ...ofWebhooks, ...ofDeliveries })).toEqual({});
});

it("most random writes are taken, claims find something, and leases are lost", async () => {
  const happened: string[] = [];
  for (const writes of fc.sample(fc.array(write, { maxLength: 12, size: "max" }), { ...drawn, numRuns: 200 })) {
    const storage: Storage = await value(memoryStorage().open());
    for (const { call } of [beginning, ...writes]) {
      const answer = await call(storage);
      const found = answer.isOk() && Array.isArray(answer.value) ? answer.value : [];
      const isClaim = found.some((one) => "delivery" in one);
      happened.push(answer.isErr() ? answer.error.type : isClaim ? "claimed" : "taken");
    }
  }
  const refusals = {
    VersionConflict: 50,
    IdempotencyKeyTaken: 20,
    LeaseLost: 20,
    WebhookRecovered: 20,
    StorageError: 20,
  };
  expect(tooFew(happened, { taken: 500, claimed: 100, ...refusals })).toEqual({});
});
