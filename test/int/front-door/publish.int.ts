import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { defineEvents, type Hookledger, type Message } from "../../../src/index.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { failure, openHooks, readLedger, everyStorage, value } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const payload = { memory_id: "m-1" };

const order = z.object({
  id: z.string(),
  items: z.array(z.object({ price: z.number().positive() })),
  note: z.string().default("none"),
});
const user = v.pipe(
  v.object({ name: v.pipe(v.string(), v.trim()) }),
  v.check(({ name }) => name !== "", "a name is wanted"),
);
const slow = z
  .object({ id: z.string() })
  .refine(async ({ id }) => Promise.resolve(id !== "taken"), { path: ["id"], message: "is taken" });
const broken = z.unknown().transform((): string => {
  throw new Error("the schema has a bug");
});
const catalogue = defineEvents({
  "order.paid": order,
  "user.joined": user,
  "seat.taken": slow,
  "bug.found": broken,
  "any.thing": null,
});

describe.each(everyStorage)("publish on $name", ({ create }) => {
  it("answers with a delivery per matching webhook, and says why the others were passed over", async () => {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ webhookId: "matching", url, events: [event] }));
    await value(hooks.webhooks.register({ webhookId: "other", url, events: ["memory.deleted"] }));
    await value(hooks.webhooks.register({ webhookId: "asleep", url, events: [event], active: false }));
    const before = await readLedger(hooks);
    const preview = await value(hooks.preview({ event }));
    const skipped = [
      { webhookId: "other", reason: "not-subscribed" },
      { webhookId: "asleep", reason: "inactive" },
    ];
    expect(preview).toEqual({ matched: [{ webhookId: "matching", url }], skipped });
    expect(await readLedger(hooks)).toEqual(before);

    const publication = await value(hooks.publish({ event, payload }));
    expect(publication).toMatchObject({ deliveries: [{ webhookId: "matching" }], skipped, duplicate: false });
    const [delivery] = publication.deliveries;
    expect(await value(hooks.deliveries.get(delivery?.deliveryId ?? ""))).toMatchObject({
      webhookId: "matching",
      messageId: publication.messageId,
      event,
      state: "pending",
      attempts: 0,
    });
    expect((await readLedger(hooks)).slice(before.length).map(({ type }) => type)).toEqual([
      "MessagePublished",
      "DeliveryScheduled",
    ]);
  });

  it("publishes a message for nobody too, and the ledger says that nobody received it", async () => {
    const hooks = await openHooks({ storage: create() });
    const { messageId } = await value(hooks.publish({ event, payload }));
    expect(await value(hooks.ledger.readStream(`message-${messageId}`))).toMatchObject([
      { data: { matched: [], skipped: [] } },
    ]);
  });

  it("refuses a payload that does not fit its schema, with the paths, and writes nothing", async () => {
    const hooks = await openHooks({ storage: create(), events: catalogue });
    const given = { id: "o", items: [{ price: 1 }, { price: -1 }] };
    expect(await failure(hooks.publish({ event: "order.paid", payload: given }))).toMatchObject({
      type: "InvalidPayload",
      event: "order.paid",
      issues: [{ path: "$.items[1].price" }],
      message: "the payload does not fit order.paid; see issues for what is wrong at $.items[1].price",
    });
    expect(await failure(hooks.publish({ event: "user.joined", payload: { name: "  " } }))).toMatchObject({
      issues: [{ path: "$", message: "a name is wanted" }],
    });
    expect(await failure(hooks.dispatch({ event: "seat.taken", payload: { id: "taken" } }))).toMatchObject({
      issues: [{ path: "$.id", message: "is taken" }],
    });
    expect(await failure(hooks.publish({ event: "bug.found", payload: 1 }))).toMatchObject({
      type: "InvalidPayload",
      issues: [{ path: "$", message: "Error: the schema has a bug", cause: new Error("the schema has a bug") }],
      message: "the schema of bug.found threw instead of validating",
    });
    expect(await readLedger(hooks)).toEqual([]);
  });

  it("spells a path as everywhere: a key that is no identifier stands in quotes", async () => {
    const path = ["bought on", { key: "line.items" }, 0, "price"];
    const schema = {
      "~standard": { version: 1, vendor: "own", validate: () => ({ issues: [{ path, message: "is wrong" }] }) },
    } as const;
    const hooks = await openHooks({ storage: create(), events: defineEvents({ "order.paid": schema }) });
    expect(await failure(hooks.publish({ event: "order.paid", payload: {} }))).toMatchObject({
      issues: [{ path: '$["bought on"]["line.items"][0].price' }],
    });
  });

  it("sends what the schema makes of the payload, and waits for async schemas", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, events: catalogue });
    await value(hooks.webhooks.register({ url, events: ["order.paid", "user.joined", "seat.taken", "any.thing"] }));
    const withUnknown = { id: "o", items: [], unknown: true };
    await value(hooks.dispatch({ event: "order.paid", payload: withUnknown }));
    await value(hooks.dispatch({ event: "user.joined", payload: { name: " Ada " } }));
    await value(hooks.dispatch({ event: "seat.taken", payload: { id: "free" } }));
    await value(hooks.dispatch({ event: "any.thing", payload: [1, "two"] }));
    expect(http.requests.map(({ body }) => Buffer.from(body).toString())).toEqual([
      '{"id":"o","items":[],"note":"none"}',
      '{"name":"Ada"}',
      '{"id":"free"}',
      '[1,"two"]',
    ]);
  });

  it("gives the first answer again for the same idempotency key and content, and sends nothing twice", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    await value(hooks.webhooks.register({ url, events: [event] }));
    const message = { event, payload: { a: 1, b: 2 }, idempotencyKey: "key" } as const;
    const first = await value(hooks.publish(message));
    const before = await readLedger(hooks);
    await value(hooks.webhooks.register({ webhookId: "late", url, events: [event] }));
    const reordered = { ...message, payload: { b: 2, a: 1 } };
    expect(await value(hooks.publish(reordered))).toEqual({ ...first, duplicate: true });
    expect(await readLedger(hooks)).toHaveLength(before.length + 1);
    expect(await value(hooks.dispatch(message))).toHaveLength(1);
    expect(await value(hooks.dispatch(message))).toHaveLength(1);
    expect(http.requests).toHaveLength(1);
  });

  it("refuses a key for another payload or event, but treats it as another key in another tenant", async () => {
    const hooks = await openHooks({ storage: create() });
    const { messageId } = await value(hooks.publish({ event, payload, idempotencyKey: "key" }));
    const what = `the message ${messageId} has this idempotencyKey, but another event, payload or webhookId`;
    const message = `${what}; publish this message under a new key`;
    const reused = { type: "IdempotencyKeyReused", idempotencyKey: "key", messageId, message };
    expect(await failure(hooks.publish({ event, payload: {}, idempotencyKey: "key" }))).toMatchObject(reused);
    expect(await failure(hooks.publish({ event: "memory.deleted", payload, idempotencyKey: "key" }))).toMatchObject(
      reused,
    );
    expect(await value(hooks.publish({ event, payload, idempotencyKey: "key", tenantId: "t" }))).toMatchObject({
      duplicate: false,
    });
  });

  it("publishes once if twenty publish under one key at once, from two instances", async () => {
    const storage = create();
    const [one, two] = [await openHooks({ storage }), await openHooks({ storage })];
    await value(one.webhooks.register({ url, events: [event] }));
    const publications = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        value((index % 2 === 0 ? one : two).publish({ event, payload, idempotencyKey: "key" })),
      ),
    );
    expect(new Set(publications.map(({ messageId }) => messageId)).size).toBe(1);
    expect(publications.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect((await readLedger(one)).map(({ type }) => type)).toEqual([
      "WebhookRegistered",
      "MessagePublished",
      "DeliveryScheduled",
    ]);
  });

  it("makes a message of each publish without a key, even if many come at once", async () => {
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.register({ url, events: [event] }));
    const publications = await Promise.all(Array.from({ length: 50 }, () => value(hooks.publish({ event, payload }))));
    expect(new Set(publications.map(({ messageId }) => messageId)).size).toBe(50);
    expect((await value(hooks.deliveries.list({ state: "pending" }))).items).toHaveLength(50);
  });
});

it("the payload's type follows from the event's name", () => {
  type Events = typeof catalogue;
  type Published = Parameters<Hookledger<Events>["publish"]>[0];
  type PayloadFor<Name> = Extract<Message<Events>, { event: Name }>["payload"];
  expectTypeOf<Published>().toEqualTypeOf<Message<Events>>();
  expectTypeOf<Published["event"]>().toEqualTypeOf<
    "order.paid" | "user.joined" | "seat.taken" | "bug.found" | "any.thing"
  >();
  // The type is the schema's input: the note has a default, so it may be left out.
  expectTypeOf<PayloadFor<"order.paid">>().toEqualTypeOf<{
    id: string;
    items: { price: number }[];
    note?: string | undefined;
  }>();
  expectTypeOf<PayloadFor<"user.joined">>().toEqualTypeOf<{ name: string }>();
  expectTypeOf<PayloadFor<"any.thing">>().toEqualTypeOf<object>();
  expectTypeOf<{ event: "order.paid"; payload: { name: string } }>().not.toExtend<Published>();
  expectTypeOf<{ event: "order.lost"; payload: object }>().not.toExtend<Published>();
  expectTypeOf<{ event: "user.joined"; payload: { name: string } }>().toExtend<Published>();
});
