import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { isEventTypeName } from "../../src/domain/message/event-type.ts";
import {
  buildPayload,
  checkCatalogue,
  checkEventType,
  defineEvents,
  fanOut,
  memoryEvents,
  parseSubscriptions,
  parseWebhookEventType,
  WebhookEventType,
  type EventCatalogue,
  type EventTypeOf,
  type PayloadOf,
  type SubscriptionOf,
} from "../../src/domain/message/index.ts";

const six = [
  "memory.remembered",
  "memory.updated",
  "memory.forgotten",
  "memory.deleted",
  "memory.conflict",
  "memory.consolidated",
];

describe("the seed's event types", () => {
  it("are six, under the seed's names", () =>
    expect(WebhookEventType).toEqual({
      REMEMBERED: "memory.remembered",
      UPDATED: "memory.updated",
      FORGOTTEN: "memory.forgotten",
      DELETED: "memory.deleted",
      CONFLICT: "memory.conflict",
      CONSOLIDATED: "memory.consolidated",
    }));

  it.each(six)("%s is parsed, as from_string does", (event) =>
    expect(parseWebhookEventType(event)._unsafeUnwrap()).toBe(event),
  );

  it.each(["", "memory", "memory.renamed", "MEMORY.UPDATED", "UPDATED", " memory.updated"])(
    "%j is refused in the seed's words",
    (event) =>
      expect(parseWebhookEventType(event)._unsafeUnwrapErr()).toEqual({
        type: "UnknownEventType",
        field: "event",
        eventType: event,
        known: six,
        message: `Invalid event type '${event}'. Valid: ${six.join(", ")}`,
      }),
  );

  it("are the default catalogue, with any payload", () =>
    expect(memoryEvents).toEqual(Object.fromEntries(six.map((event) => [event, null]))));
});

describe("an event type's name", () => {
  it.each(["a", "memory.updated", "order.item-added.v2", "A_b.C-9", "x".repeat(200)])("may be %s", (name) =>
    expect(isEventTypeName(name)).toBe(true),
  );

  it.each(["", ".", "a.", ".a", "a..b", "a b", "a/b", "é", "a\n", "\na", "x".repeat(201)])("must not be %j", (name) =>
    expect(isEventTypeName(name)).toBe(false),
  );
});

const order = z.object({ id: z.string(), total: z.number() });
const refund = v.object({ reason: v.string() });
const catalogue = defineEvents({ "order.paid": order, "order.refunded": refund, "order.note": null });

describe("a catalogue", () => {
  it("holds the schemas of any Standard Schema validator, and infers their payloads", () => {
    expect(checkCatalogue(catalogue)._unsafeUnwrap()).toBe(catalogue);
    expect(catalogue["order.paid"]).toBe(order);
    expect(catalogue["order.refunded"]).toBe(refund);
    expectTypeOf<EventTypeOf<typeof catalogue>>().toEqualTypeOf<"order.paid" | "order.refunded" | "order.note">();
    expectTypeOf<PayloadOf<typeof catalogue, "order.paid">>().toEqualTypeOf<{ id: string; total: number }>();
    expectTypeOf<PayloadOf<typeof catalogue, "order.refunded">>().toEqualTypeOf<{ reason: string }>();
    expectTypeOf<PayloadOf<typeof catalogue, "order.note">>().toEqualTypeOf<object>();
  });

  it("infers a schema's input, not its output", () => {
    const events = defineEvents({ "order.paid": z.object({ at: z.string().transform((at) => new Date(at)) }) });
    expect(Object.keys(events)).toEqual(["order.paid"]);
    expectTypeOf<PayloadOf<typeof events, "order.paid">>().toEqualTypeOf<{ at: string }>();
  });

  it("may be empty", () => expect(checkCatalogue({}).isOk()).toBe(true));

  it("refuses a name that breaks the rule for names", () => {
    const rule = "must be named with words of letters, digits, _ and -, joined by dots, at most 200 characters in all";
    expect(checkCatalogue({ "order.paid": null, "order paid": null })._unsafeUnwrapErr()).toEqual({
      type: "InvalidInput",
      field: 'events["order paid"]',
      rule,
      message: `events["order paid"] ${rule}; received a string of 10 characters`,
    });
  });

  it.each([
    [{}, "an object"],
    [{ "~standard": {} }, "an object"],
    [undefined, "nothing"],
    ["schema", "a string of 6 characters"],
  ])("refuses %o for a schema", (schema, received) => {
    const rule = "must be a Standard Schema, or null for any JSON";
    // A caller without types can pass anything.
    const events = defineEvents({});
    Reflect.set(events, "order.paid", schema);
    expect(checkCatalogue(events)._unsafeUnwrapErr()).toEqual({
      type: "InvalidInput",
      field: 'events["order.paid"]',
      rule,
      message: `events["order.paid"] ${rule}; received ${received}`,
    });
  });
});

describe("the event types that a caller names", () => {
  const known = ["order.paid", "order.refunded", "order.note"];

  it("must be in the catalogue", () => {
    expect(checkEventType("order.paid", catalogue)._unsafeUnwrap()).toBe("order.paid");
    expect(checkEventType("order.lost", catalogue)._unsafeUnwrapErr()).toEqual({
      type: "UnknownEventType",
      field: "event",
      eventType: "order.lost",
      known,
      message: "Invalid event type 'order.lost'. Valid: order.paid, order.refunded, order.note",
    });
  });

  it.each(["toString", "__proto__", "constructor"])("do not include %s, which the catalogue only inherits", (event) =>
    expect(checkEventType(event, catalogue)._unsafeUnwrapErr().type).toBe("UnknownEventType"),
  );

  it("must be strings", () => {
    const rule = "must be the name of an event type";
    expect(checkEventType(7, catalogue)._unsafeUnwrapErr()).toEqual({
      type: "InvalidInput",
      field: "event",
      rule,
      message: `event ${rule}; received the number 7`,
    });
    expect(parseSubscriptions(catalogue, ["*", "*", "*", null])._unsafeUnwrapErr().message).toBe(
      `events[3] ${rule}; received null`,
    );
  });

  it("are checked one by one in a list, and the error names the first wrong one", () => {
    expect(parseSubscriptions(catalogue, ["order.note", "order.paid", "order.note"])._unsafeUnwrap()).toEqual([
      "order.note",
      "order.paid",
      "order.note",
    ]);
    expect(parseSubscriptions(catalogue, [])._unsafeUnwrap()).toEqual([]);
    expect(parseSubscriptions(catalogue, ["order.paid", 7, "order.lost"])._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidInput",
      field: "events[1]",
    });
    expect(parseSubscriptions(catalogue, ["order.paid", "order.lost"])._unsafeUnwrapErr()).toMatchObject({
      field: "events[1]",
      eventType: "order.lost",
      known,
    });
  });

  it.each(["*", "order.*", "order.refund.*"])("may include %s in a subscription", (pattern) => {
    const events = { ...catalogue, "order.refund.asked": null };
    expect(parseSubscriptions(events, ["order.paid", pattern])._unsafeUnwrap()).toEqual(["order.paid", pattern]);
  });

  it.each(["user.*", "order.paid.*", "ord*", ".*", "*.paid", "**", "order.**", ""])(
    "must not include %j in a subscription: it stands for none of them",
    (pattern) =>
      expect(parseSubscriptions(catalogue, [pattern])._unsafeUnwrapErr()).toMatchObject({
        type: "UnknownEventType",
        field: "events[0]",
        eventType: pattern,
      }),
  );

  it("are known to the compiler in a subscription, groups too", () => {
    type Events = { readonly "order.paid": null; readonly "order.refund.asked": null; readonly ping: null };
    type Names = "order.paid" | "order.refund.asked" | "ping";
    expectTypeOf<SubscriptionOf<Events>>().toEqualTypeOf<Names | "order.*" | "order.refund.*" | "*">();
    const events: Events = { "order.paid": null, "order.refund.asked": null, ping: null };
    const chosen = parseSubscriptions(events, JSON.parse('["order.*", "ping"]'))._unsafeUnwrap();
    expectTypeOf(chosen).toEqualTypeOf<readonly SubscriptionOf<Events>[]>();
    expect(chosen).toEqual(["order.*", "ping"]);
  });

  it("must come in an array", () => {
    const rule = "must be an array of event types";
    expect(parseSubscriptions(catalogue, "order.paid")._unsafeUnwrapErr()).toEqual({
      type: "InvalidInput",
      field: "events",
      rule,
      message: `events ${rule}; received a string of 10 characters`,
    });
    const none: EventCatalogue = {};
    expect(parseSubscriptions(none, undefined)._unsafeUnwrapErr().message).toBe(`events ${rule}; received nothing`);
  });
});

describe("buildPayload, the seed's build_payload", () => {
  const parts = { event: WebhookEventType.UPDATED, memoryId: "m", userId: "u", timestamp: "2026-01-01T00:00:00+00:00" };
  const base = { event: "memory.updated", memory_id: "m", user_id: "u", timestamp: "2026-01-01T00:00:00+00:00" };

  it("has the seed's four keys, and no key for a part that is absent or null", () => {
    expect(buildPayload(parts)).toStrictEqual(base);
    expect(buildPayload({ ...parts, snapshot: null, previousState: null, extra: null })).toStrictEqual(base);
    expect(buildPayload({ ...parts, snapshot: undefined, previousState: undefined, extra: undefined })).toStrictEqual(
      base,
    );
  });

  it("adds the snapshot and the previous state, even if they are empty", () => {
    expect(buildPayload({ ...parts, snapshot: { a: 1 } })).toStrictEqual({ ...base, snapshot: { a: 1 } });
    expect(buildPayload({ ...parts, previousState: { a: 0 } })).toStrictEqual({ ...base, previous_state: { a: 0 } });
    expect(buildPayload({ ...parts, snapshot: {}, previousState: {} })).toStrictEqual({
      ...base,
      snapshot: {},
      previous_state: {},
    });
  });

  it("adds the extra fields, which win over the others", () => {
    expect(buildPayload({ ...parts, extra: { source: "test" } })).toStrictEqual({ ...base, source: "test" });
    expect(
      buildPayload({ ...parts, snapshot: { a: 1 }, extra: { event: "other", snapshot: null, user_id: 7 } }),
    ).toStrictEqual({
      ...base,
      event: "other",
      snapshot: null,
      user_id: 7,
    });
  });

  it("keeps the seed's order of keys, with the extra fields last", () =>
    expect(Object.keys(buildPayload({ ...parts, snapshot: {}, previousState: {}, extra: { a: 1 } }))).toEqual([
      ...["event", "memory_id", "user_id", "timestamp", "snapshot", "previous_state", "a"],
    ]));
});

describe("the fan-out", () => {
  const webhook = (name: string, active: boolean, ...events: string[]) => ({ name, active, events });

  it("splits the webhooks, in order, into those that receive the event and those that do not, with the reason", () => {
    const [a, b, c, d, e] = [
      webhook("a", true, "order.paid"),
      webhook("b", false, "order.paid"),
      webhook("c", true, "order.note"),
      webhook("d", false, "order.note"),
      webhook("e", true, "order.note", "order.paid"),
    ] as const;
    expect(fanOut("order.paid", [a, b, c, d, e])).toEqual({
      matched: [a, e],
      skipped: [
        { webhook: b, reason: "inactive" },
        { webhook: c, reason: "not-subscribed" },
        { webhook: d, reason: "inactive" },
      ],
    });
  });

  it("of no webhooks is empty", () => expect(fanOut("order.paid", [])).toEqual({ matched: [], skipped: [] }));
});
