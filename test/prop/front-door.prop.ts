import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import type { StorageAdapter } from "../../src/ports/storage.ts";
import type { ScriptedAnswer } from "../../src/testing/scripted-http-client.ts";
import {
  answers,
  answersToAll,
  MAX_RETRIES,
  openRepeatable,
  steps,
  take,
  type Hooks,
  type Step,
} from "../support/front-door-steps.ts";
import { readLedger, value } from "../support/open-hooks.ts";

const storages: readonly { readonly name: string; readonly create: () => StorageAdapter }[] = [
  { name: "memory", create: memoryStorage },
  { name: "SQLite", create: () => sqliteStorage({ path: ":memory:" }) },
];

async function afterSteps<T>(
  storage: StorageAdapter,
  sequence: readonly Step[],
  script: readonly ScriptedAnswer[],
  look: (hooks: Hooks, told: readonly unknown[]) => Promise<T>,
): Promise<T> {
  const hooks = await openRepeatable(storage, script);
  try {
    const told: unknown[] = [];
    for (const step of sequence) told.push(await take(hooks, step));
    return await look(hooks, told);
  } finally {
    await value(hooks.close());
  }
}

/** All that the front door tells about the present state. */
async function everything(hooks: Hooks) {
  return {
    webhooks: [
      ...(await value(hooks.webhooks.list({ activeOnly: false }))),
      ...(await value(hooks.webhooks.list({ activeOnly: false, tenantId: "t" }))),
    ].map((webhook) => ({ ...webhook, secret: webhook.secret, headers: webhook.headers })),
    deliveries: (await value(hooks.deliveries.list({ limit: 1000 }))).items,
  };
}

describe.each(storages)("after any sequence of calls, on $name", ({ create }) => {
  it("no call is refused as invalid input, so that the other tests try what they say", async () => {
    await fc.assert(
      fc.asyncProperty(steps, answers, (sequence, script) =>
        afterSteps(create(), sequence, script, async (_, told) => {
          for (const answer of told) expect(answer).not.toMatchObject({ error: { type: "InvalidInput" } });
        }),
      ),
    );
  });

  it("the projections agree with the ledger, and a rebuild changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(steps, answers, (sequence, script) =>
        afterSteps(create(), sequence, script, async (hooks) => {
          const before = await everything(hooks);
          const { events, differences } = await value(hooks.ledger.verify());
          expect(differences).toEqual([]);
          expect(await value(hooks.ledger.rebuild())).toEqual({ events });
          expect(await everything(hooks)).toEqual(before);
          expect(await value(hooks.ledger.verify())).toEqual({ events, differences: [] });
        }),
      ),
    );
  });

  it("a worker that runs until idle settles every delivery, and no round has over maxRetries attempts", async () => {
    await fc.assert(
      fc.asyncProperty(steps, answers, (sequence, script) =>
        afterSteps(create(), [...sequence, { do: "deliver" }], script, async (hooks) => {
          const { deliveries } = await everything(hooks);
          for (const { deliveryId, state, attempts } of deliveries) {
            expect(state).not.toBe("pending");
            const rounds = await attemptsByRound(hooks, deliveryId);
            expect(Math.max(...rounds)).toBeLessThanOrEqual(MAX_RETRIES);
            if (state === "exhausted") expect(rounds.at(-1)).toBe(MAX_RETRIES);
            expect(rounds.reduce((sum, count) => sum + count, 0)).toBe(attempts);
            expect(await value(hooks.deliveries.attempts(deliveryId))).toHaveLength(attempts);
          }
        }),
      ),
    );
  });

  it("a message has one delivery for each webhook of its tenant that it matched, except for those pruned", async () => {
    await fc.assert(
      fc.asyncProperty(steps, answers, (sequence, script) =>
        afterSteps(create(), sequence, script, async (hooks) => {
          const ledger = await readLedger(hooks);
          const streams = new Set(ledger.map(({ streamId }) => streamId));
          const tenantOf = new Map<string, string>();
          for (const event of ledger) {
            if (event.type === "WebhookRegistered") tenantOf.set(event.data.webhookId, event.data.tenantId);
            if (event.type !== "MessagePublished") continue;
            const { messageId, tenantId, matched, skipped } = event.data;
            const { items } = await value(hooks.deliveries.list({ messageId }));
            const kept = matched.filter(({ deliveryId }) => streams.has(`delivery-${deliveryId}`));
            expect(items.map(({ webhookId, deliveryId }) => ({ webhookId, deliveryId }))).toEqual(kept);
            for (const { webhookId } of [...matched, ...skipped]) expect(tenantOf.get(webhookId)).toBe(tenantId);
          }
        }),
      ),
    );
  });
});

/** Two webhooks that were never served, and what is due first is for the one whose id comes last. */
const neverServed: Step[] = [
  ...["w-1", "w-2"].map((webhookId, index): Step => {
    const tenantId = index === 0 ? "" : "t";
    return { do: "register", events: ["memory.updated"], active: true, webhookId, tenantId };
  }),
  { do: "publish", event: "memory.updated", tenantId: "t", idempotencyKey: undefined },
  { do: "publish", event: "memory.updated", tenantId: "", idempotencyKey: undefined },
  { do: "deliver" },
];

it("memory and SQLite give the same answers, the same ledger and the same state", async () => {
  await fc.assert(
    fc.asyncProperty(steps, answersToAll, async (sequence, script) => {
      const seen = storages.map(({ create }) =>
        afterSteps(create(), sequence, script, async (hooks, told) => ({
          told,
          ledger: (await readLedger(hooks)).map(({ position: _, ...event }) => event),
          ...(await everything(hooks)),
        })),
      );
      const [onMemory, onSqlite] = await Promise.all(seen);
      expect(onSqlite).toEqual(onMemory);
    }),
    { examples: [[neverServed, [200]]] },
  );
});

/** How many attempts each round had; a redelivery begins a new round. */
async function attemptsByRound(hooks: Hooks, deliveryId: string): Promise<readonly number[]> {
  const rounds = [0];
  for (const { type } of await value(hooks.ledger.readStream(`delivery-${deliveryId}`))) {
    if (type === "RedeliveryRequested") rounds.push(0);
    if (type === "DeliveryAttemptFailed" || type === "DeliverySucceeded") rounds.push((rounds.pop() ?? 0) + 1);
  }
  return rounds;
}
