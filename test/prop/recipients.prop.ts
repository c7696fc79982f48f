import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fanOut, matchesEvent, recipientsOf } from "../../src/domain/index.ts";

const event = "order.paid";
const webhooks = fc.uniqueArray(
  fc.record({
    webhookId: fc.stringMatching(/^[a-d]{1,2}$/),
    active: fc.boolean(),
    events: fc.subarray([event, "order.note"]),
  }),
  { selector: ({ webhookId }) => webhookId },
);

describe("the recipients of a message", () => {
  it("without an address are those of the fan-out", () =>
    fc.assert(
      fc.property(webhooks, (all) => {
        expect(recipientsOf({ event }, all)._unsafeUnwrap()).toEqual(fanOut(event, all));
      }),
    ));

  it("with one are the webhook that it names, if that is there and active, and nobody is passed over silently", () =>
    fc.assert(
      fc.property(webhooks, fc.stringMatching(/^[a-d]{1,2}$/), (all, webhookId) => {
        const named = all.find((webhook) => webhook.webhookId === webhookId);
        const refused = named === undefined ? "WebhookNotFound" : named.active ? null : "WebhookInactive";
        recipientsOf({ event, webhookId }, all).match(
          ({ matched, skipped }) => {
            expect([matched, refused]).toEqual([[named], null]);
            const others = all.filter((webhook) => webhook !== named);
            expect(skipped).toEqual(others.map((webhook) => ({ webhook, reason: "not-addressed" })));
          },
          (error) => expect(error).toMatchObject({ type: refused, webhookId }),
        );
      }),
    ));
});

describe("a subscription", () => {
  const words = (least: number) => fc.array(fc.constantFrom("a", "b", "ab"), { minLength: least, maxLength: 3 });

  it("by name is to that event type alone, to a group is to what is beneath it, and to all is to each", () =>
    fc.assert(
      fc.property(words(1), words(0), fc.boolean(), (event, subscribed, isGroup) => {
        const isNamed = event.join(".") === subscribed.join(".");
        const isBeneath = event.length > subscribed.length && subscribed.every((word, at) => event[at] === word);
        const subscription = [...subscribed, ...(isGroup ? ["*"] : [])].join(".");
        const webhook = { active: true, events: ["c", subscription] };
        expect(matchesEvent(webhook, event.join("."))).toBe(isGroup ? isBeneath : isNamed);
        expect(matchesEvent({ ...webhook, active: false }, event.join("."))).toBe(false);
      }),
    ));
});
