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
  it("are those of the fan-out if the message names no webhook", () =>
    fc.assert(
      fc.property(webhooks, (all) => {
        expect(recipientsOf({ event }, all)._unsafeUnwrap()).toEqual(fanOut(event, all));
      }),
    ));

  it("are the webhook that it names, with all others skipped, or a refusal if that one is missing or inactive", () =>
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

  it("matches an event type by its name, or all that are beneath a group, and none if the webhook is inactive", () =>
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
