import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const webhookIds = ["w", "x"] as const;
const eventTypes = ["memory.updated", "memory.deleted"] as const;

type WebhookId = (typeof webhookIds)[number];
type EventType = (typeof eventTypes)[number];

type Step =
  | { readonly does: "publish"; readonly event: EventType }
  | { readonly does: "turn on or off"; readonly webhookId: WebhookId }
  | { readonly does: "subscribe"; readonly webhookId: WebhookId; readonly events: EventType[] }
  | { readonly does: "wait"; readonly milliseconds: number };

const webhookId = fc.constantFrom(...webhookIds);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant("publish" as const), event: fc.constantFrom(...eventTypes) }),
  fc.record({ does: fc.constant("turn on or off" as const), webhookId }),
  fc.record({ does: fc.constant("subscribe" as const), webhookId, events: fc.subarray([...eventTypes]) }),
  fc.record({ does: fc.constant("wait" as const), milliseconds: fc.integer({ min: 1, max: 3 }) }),
);
const turn = (id: WebhookId) => ({ does: "turn on or off", webhookId: id }) as const;
const publish = (event: EventType) => ({ does: "publish", event }) as const;
const subscribe = (events: EventType[]) => ({ does: "subscribe", webhookId: "w", events }) as const;

/** Each may be come upon by chance only now and then. */
const examples: [Step[], number | null, number | null][] = [
  [[turn("w"), publish("memory.updated"), turn("w")], 0, null], // ended at the very time from which on it is sent
  [[turn("w"), turn("x"), publish("memory.updated")], null, null], // both missed the same
  [[publish("memory.deleted"), turn("w"), subscribe([...eventTypes])], null, null], // active, and not subscribed
];

/** Milliseconds after the beginning; null if the end is open. */
const bound = fc.option(fc.integer({ min: 0, max: 20 }));

/** What is known of a webhook without looking into the ledger. */
interface Known {
  active: boolean;
  events: readonly EventType[];
  readonly missed: { readonly messageId: string; readonly event: EventType; readonly at: number }[];
}

describe.each(storages)("what a webhook missed between two times, on $name", ({ create }) => {
  it("is what was published then while it was not active and to which it subscribes now, whoever else was given it", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), bound, bound, async (steps, from, to) => {
        const clock = createFakeClock();
        const begin = clock.now();
        const hooks = await openHooks({ storage: create(), clock });
        const known = { w: newWebhook(), x: newWebhook() };
        for (const id of webhookIds) await register(hooks, id);
        for (const one of steps) {
          switch (one.does) {
            case "wait":
              clock.advance(one.milliseconds);
              break;
            case "publish": {
              const { messageId } = await value(hooks.publish({ event: one.event, payload: {} }));
              const missed = { messageId, event: one.event, at: clock.now() };
              for (const id of webhookIds) if (!known[id].active) known[id].missed.push(missed);
              break;
            }
            case "subscribe":
              known[one.webhookId].events = one.events;
              await value(hooks.webhooks.update(one.webhookId, { events: one.events }));
              break;
            case "turn on or off":
              known[one.webhookId].active = !known[one.webhookId].active;
              await value(hooks.webhooks.update(one.webhookId, { active: known[one.webhookId].active }));
          }
        }
        const since = from === null ? undefined : new Date(begin + from);
        const until = to === null ? undefined : new Date(begin + to);
        const isWithin = (at: number) => (from === null || at >= begin + from) && (to === null || at < begin + to);
        for (const id of webhookIds) {
          await value(hooks.webhooks.update(id, { active: true }));
          const messagesOf = async () =>
            (await value(hooks.deliveries.list({ webhookId: id, limit: 1000 }))).items.map((found) => found.messageId);
          const before = new Set(await messagesOf());
          const examined = known[id].missed.filter(({ at }) => isWithin(at));
          const wanted = examined.filter(({ event }) => known[id].events.includes(event));
          const replay = () => value(hooks.deliveries.replay({ webhookId: id, states: ["missed"], since, until }));
          expect(await replay()).toEqual({ examined: examined.length, replayed: wanted.length });
          const added = (await messagesOf()).filter((messageId) => !before.has(messageId));
          expect(added.sort()).toEqual(wanted.map(({ messageId }) => messageId).sort());
          expect(await replay()).toEqual({ examined: examined.length, replayed: 0 });
        }
        await value(hooks.close());
      }),
      { numRuns: 40, examples },
    ));
});

function newWebhook(): Known {
  return { active: true, events: ["memory.updated"], missed: [] };
}
