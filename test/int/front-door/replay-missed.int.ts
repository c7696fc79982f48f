import { describe, expect, it } from "vitest";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, failure, openHooks, readLedger, value } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const states = ["missed"] as const;
const missed = { webhookId: "w", states };
const message = (n: number) => ({ event, payload: { n } }) as const;

/** A webhook that got the messages 0 and 3, but was inactive for 1, 2 and one that it does not subscribe to. */
async function openAfterAPause(storage: StorageAdapter) {
  const http = scriptedHttpClient();
  const hooks = await openHooks({ storage, http });
  await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
  await value(hooks.publish(message(0)));
  await value(hooks.worker().runUntilIdle());
  await value(hooks.webhooks.update("w", { active: false }));
  const published = [await value(hooks.publish(message(1))), await value(hooks.publish(message(2)))];
  await value(hooks.publish({ event: "memory.deleted", payload: { n: -1 } }));
  await value(hooks.webhooks.update("w", { active: true }));
  await value(hooks.publish(message(3)));
  await value(hooks.worker().runUntilIdle());
  const sent = () => http.requests.map(({ body }) => Buffer.from(body).toString());
  return { hooks, http, sent, messageIds: published.map(({ messageId }) => messageId) };
}

describe.each(everyStorage)("what a webhook missed while it was not active, on $name", ({ create }) => {
  it("is sent to it once by a replay, and the ledger tells of it", async () => {
    const { hooks, http, sent, messageIds } = await openAfterAPause(create());
    expect(sent()).toEqual(['{"n":0}', '{"n":3}']);
    const progress: unknown[] = [];
    const options = { actor: "ada", onProgress: (soFar: unknown) => void progress.push(soFar) };
    expect(await value(hooks.deliveries.replay(missed, options))).toEqual({ examined: 3, replayed: 2 });
    expect(progress).toEqual([{ examined: 3, replayed: 2 }]);
    await value(hooks.worker().runUntilIdle());
    expect(sent().slice(2).sort()).toEqual(['{"n":1}', '{"n":2}']);
    expect(
      http.requests
        .slice(2)
        .map(({ headers }) => headers["webhook-id"])
        .sort(),
    ).toEqual([...messageIds].sort());
    const [deliveryId] = (await value(hooks.deliveries.list({ messageId: messageIds[0] }))).items.map(
      (one) => one.deliveryId,
    );
    const addressed = { type: "MessageAddressed", data: { webhookId: "w", deliveryId }, metadata: { actor: "ada" } };
    expect(await value(hooks.ledger.readStream(`message-${messageIds[0]}`))).toMatchObject([{}, addressed]);

    expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 3, replayed: 0 });
    const before = await readLedger(hooks);
    await value(hooks.ledger.rebuild());
    expect(await value(hooks.ledger.verify())).toEqual({ events: before.length, differences: [] });
  });

  it("is all that it missed each time, through many pages, and nothing that another tenant's webhook missed", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const foreign = { webhookId: "x", tenantId: "b", url, events: [event], active: false } as const;
    await value(hooks.webhooks.register(foreign));
    for (const numbers of [Array.from({ length: 250 }, (_, n) => n), [250]]) {
      await value(hooks.webhooks.update("w", { active: false }));
      await value(hooks.publishMany(numbers.map(message)));
      await value(hooks.publish({ ...message(-1), tenantId: "b" }));
      await value(hooks.webhooks.update("w", { active: true }));
    }
    expect(await value(hooks.deliveries.replay(missed))).toEqual({ examined: 251, replayed: 251 });
    await value(hooks.worker().runUntilIdle());
    const sent = http.requests.map(({ body }) => Buffer.from(body).toString());
    expect(sent.sort()).toEqual(Array.from({ length: 251 }, (_, n) => `{"n":${n}}`).sort());
  });

  it("leaves out what was erased or is outside the times asked for, and is cancelled if erased later", async () => {
    const { hooks, sent, messageIds } = await openAfterAPause(create());
    expect(await value(hooks.deliveries.replay({ ...missed, until: new Date(Date.now() - 60_000) }))).toMatchObject({
      replayed: 0,
    });
    expect(await value(hooks.deliveries.replay({ ...missed, since: new Date(Date.now() + 60_000) }))).toMatchObject({
      replayed: 0,
    });
    const [first = "", second = ""] = messageIds;
    await value(hooks.messages.erase({ messageId: first }));
    expect(await value(hooks.deliveries.replay(missed))).toMatchObject({ replayed: 1 });
    await value(hooks.messages.erase({ messageId: second }));
    await value(hooks.worker().runUntilIdle());
    expect(sent()).toHaveLength(2);
    expect((await value(hooks.deliveries.list({ messageId: second }))).items).toMatchObject([{ state: "cancelled" }]);
  });

  it("is sent once, even if two instances replay at once", async () => {
    const storage = create();
    const { hooks, sent } = await openAfterAPause(storage);
    const other = await openHooks({ storage });
    const both = await Promise.all([hooks, other].map(({ deliveries }) => value(deliveries.replay(missed))));
    expect(both.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(2);
    await value(hooks.worker().runUntilIdle());
    expect(sent().sort()).toEqual(['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it("is replayed together with what was cancelled, if both are asked for", async () => {
    const hooks = await openHooks({ storage: create(), http: scriptedHttpClient() });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event], active: false }));
    await value(hooks.publish(message(0)));
    await value(hooks.webhooks.update("w", { active: true }));
    await value(hooks.publish(message(1)));
    await value(hooks.webhooks.update("w", { active: false }));
    const all = { webhookId: "w", states: ["cancelled", "missed"] } as const;
    expect(await failure(hooks.deliveries.replay(all))).toMatchObject({ type: "WebhookInactive" });
    await value(hooks.webhooks.update("w", { active: true }));
    expect(await value(hooks.deliveries.replay(all))).toEqual({ examined: 2, replayed: 2 });
  });

  it("needs the webhook's id: without it the replay is refused", async () => {
    const hooks = await openHooks({ storage: create() });
    const refused = { type: "InvalidInput", field: "webhookId" };
    expect(await failure(hooks.deliveries.replay({ states }))).toMatchObject(refused);
  });
});
