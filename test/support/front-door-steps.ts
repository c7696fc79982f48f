import fc from "fast-check";
import type { Result } from "neverthrow";
import { openHookledger, type Hookledger } from "../../src/index.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import { createCountingIds } from "../../src/testing/counting-ids.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import {
  connectionRefused,
  scriptedHttpClient,
  timedOut,
  type ScriptedAnswer,
} from "../../src/testing/scripted-http-client.ts";
import { createSeededRandom } from "../../src/testing/seeded-random.ts";

export type Hooks = Hookledger;

/** One call of the front door. `nth` picks a delivery, modulo their number. */
export type Step =
  | {
      readonly do: "register";
      readonly webhookId: string;
      readonly events: readonly EventName[];
      readonly active: boolean;
      readonly tenantId: string;
    }
  | { readonly do: "update"; readonly webhookId: string; readonly change: Change }
  | { readonly do: "rotate" | "delete"; readonly webhookId: string }
  | {
      readonly do: "publish";
      readonly event: EventName;
      readonly tenantId: string;
      readonly idempotencyKey: string | undefined;
    }
  | { readonly do: "redeliver" | "cancel"; readonly nth: number }
  | { readonly do: "prune"; readonly finishedBefore: Date }
  | { readonly do: "erase"; readonly subject: string; readonly tenantId: string }
  | { readonly do: "replay"; readonly filter: Filter }
  | { readonly do: "deliver" };

type EventName = "memory.updated" | "memory.deleted";
type Change = Parameters<Hooks["webhooks"]["update"]>[1];
type Filter = Parameters<Hooks["deliveries"]["replay"]>[0];

export const MAX_RETRIES = 3;
const retryConfig = { maxRetries: MAX_RETRIES, jitterFraction: 0.5 };

const webhookId = fc.constantFrom("w-1", "w-2", "w-3");
const event = fc.constantFrom<EventName>("memory.updated", "memory.deleted");
/** Mostly what is published. */
const events = fc.oneof(
  { weight: 4, arbitrary: fc.uniqueArray(event, { minLength: 1 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);
const tenantId = fc.constantFrom("", "", "", "t");
const mostlyTrue = fc.constantFrom(true, true, true, false);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ active: fc.boolean() }),
  fc.record({ events }),
  fc.record({ url: fc.constantFrom("https://a.example/", "https://b.example/") }),
  fc.record({ headers: fc.constantFrom({}, { "x-a": "1" }, { "x-a": "2", "x-b": "3" }) }),
  fc.record({ secret: fc.constantFrom("one", "two") }),
  fc.record({ retryConfig: fc.record({ baseDelaySeconds: fc.constantFrom(0, 1, 7) }) }),
);

const since = fc.date({ noInvalidDate: true, min: new Date("2030-01-01"), max: new Date("2030-01-01T00:00:20Z") });

const filter: fc.Arbitrary<Filter> = fc.record(
  {
    webhookId,
    since,
    states: fc.uniqueArray(fc.constantFrom("exhausted", "cancelled"), { minLength: 1 }),
  },
  { requiredKeys: [] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("register" as const), webhookId, events, active: mostlyTrue, tenantId }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("update" as const), webhookId, change }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("rotate" as const, "delete" as const), webhookId }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      event,
      tenantId,
      idempotencyKey: fc.constantFrom(undefined, undefined, "key"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("redeliver" as const, "cancel" as const), nth: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("prune" as const), finishedBefore: since }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("erase" as const), subject: event, tenantId }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("replay" as const), filter }) },
  { weight: 2, arbitrary: fc.constant({ do: "deliver" as const }) },
);

const begins = { do: "register", events: ["memory.updated", "memory.deleted"], active: true } as const;

/**
 * Long lists: fast-check prefers short ones, in which hardly anything is delivered. Each begins with webhooks that
 * receive whatever is published.
 */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(step, { maxLength: 30, size: "max" })
  .map((rest) => [
    { ...begins, webhookId: "w-1", tenantId: "" },
    { ...begins, webhookId: "w-2", tenantId: "t" },
    ...rest,
  ]);

const failures: readonly ScriptedAnswer[] = [404, { statusCode: 500, body: "no" }, connectionRefused(), timedOut()];

function answersWith(...others: readonly ScriptedAnswer[]): fc.Arbitrary<readonly ScriptedAnswer[]> {
  const one = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom<ScriptedAnswer>(200, 204) },
    { weight: 2, arbitrary: fc.constantFrom(...failures, ...others) },
  );
  return fc.array(one, { minLength: 1, maxLength: 8 });
}

export const answers = answersWith(410, 503);

/**
 * Answers that neither pause nor deactivate a webhook: each storage decides for itself whose turn comes first after a
 * pause, and an attempt may begin before a deactivation is written.
 */
export const answersToAll = answersWith();

/** Hooks whose time, ids and randomness are the same in every run, and whose receiver answers by the script in turn. */
export async function openRepeatable(storage: StorageAdapter, script: readonly ScriptedAnswer[]): Promise<Hooks> {
  const opened = await openHookledger({
    storage,
    http: scriptedHttpClient((_, before) => script[before % script.length] ?? 204),
    clock: createFakeClock({ autoAdvance: true }),
    ids: createCountingIds(),
    random: createSeededRandom(),
  });
  return opened._unsafeUnwrap({ withStackTrace: true });
}

/** What a step answers. A refusal is an answer like any other. */
export async function take(hooks: Hooks, one: Step): Promise<Result<unknown, unknown>> {
  switch (one.do) {
    case "register": {
      // `do` is not a setting: with it, every call would be refused, and the ledger would stay empty.
      const { do: _, ...webhook } = one;
      return hooks.webhooks.register({ url: "https://a.example/", ...webhook, retryConfig });
    }
    case "update":
      return hooks.webhooks.update(one.webhookId, one.change);
    case "rotate":
      return hooks.webhooks.rotateSecret(one.webhookId);
    case "delete":
      return hooks.webhooks.delete(one.webhookId);
    case "publish": {
      const { do: _, ...message } = one;
      return hooks.publish({ ...message, payload: { memory_id: "m-1" }, subject: one.event });
    }
    case "redeliver":
      return hooks.deliveries.redeliver(await nthDelivery(hooks, one.nth));
    case "cancel":
      return hooks.deliveries.cancel(await nthDelivery(hooks, one.nth));
    case "prune":
      return hooks.ledger.prune({ finishedBefore: one.finishedBefore });
    case "erase":
      return hooks.messages.erase({ subject: one.subject, tenantId: one.tenantId });
    case "replay":
      return replay(hooks, one.filter);
    case "deliver":
      // One at a time, so that each attempt gets the same answer in every run.
      return hooks.worker({ concurrency: 1 }).runUntilIdle();
  }
}

/** The answer of a replay, and the progress that it reported. */
async function replay(hooks: Hooks, filter: Filter): Promise<Result<unknown, unknown>> {
  const told: unknown[] = [];
  const answer = await hooks.deliveries.replay(filter, { onProgress: (progress) => told.push(progress) });
  return answer.map((progress) => ({ progress, told }));
}

async function nthDelivery(hooks: Hooks, nth: number): Promise<string> {
  const { items } = (await hooks.deliveries.list({ limit: 1000 }))._unsafeUnwrap();
  return items.at(nth % Math.max(items.length, 1))?.deliveryId ?? "none";
}
