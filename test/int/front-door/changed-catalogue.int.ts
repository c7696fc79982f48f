import { describe, expect, it } from "vitest";
import { defineEvents, openHookledger, parseSubscriptions } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { failure, storages, value } from "../../support/open-hooks.ts";

const before = defineEvents({ "order.paid": null, "order.dropped": null, "old.gone": null });
const after = defineEvents({ "order.paid": null, "order.shipped": null });

describe.each(storages)("two processes with different catalogues, on $name", ({ create }) => {
  async function openBoth(storage: StorageAdapter) {
    const options = { storage, clock: createFakeClock({ autoAdvance: true }), http: scriptedHttpClient(() => 204) };
    return {
      http: options.http,
      old: await value(openHookledger({ ...options, events: before })),
      young: await value(openHookledger({ ...options, events: after })),
    };
  }

  it("deliver each other's event types, and reach each other's webhooks", async () => {
    const { http, old, young } = await openBoth(create());
    const url = "https://receiver.example/hooks";
    await value(old.webhooks.register({ webhookId: "o", url, events: ["order.dropped", "order.paid"] }));
    await value(young.webhooks.register({ webhookId: "y", url, events: ["order.shipped", "order.paid"] }));
    for (const hooks of [old, young]) {
      const published = await value(hooks.publish({ event: "order.paid", payload: {} }));
      expect(published.deliveries.map(({ webhookId }) => webhookId)).toEqual(["o", "y"]);
      expect(await value(hooks.webhooks.list())).toHaveLength(2);
    }
    await value(young.publish({ event: "order.shipped", payload: {} }));
    await value(old.worker().runUntilIdle());
    await value(old.publish({ event: "order.dropped", payload: {} }));
    await value(young.worker().runUntilIdle());
    expect(http.requests).toHaveLength(6);
    for (const hooks of [old, young]) await value(hooks.close());
  });

  it("leave a webhook the event types that only one of them has, until it is to choose again", async () => {
    const { old, young } = await openBoth(create());
    const events = ["order.dropped", "order.paid", "old.*"] as const;
    const { webhookId } = await value(old.webhooks.register({ url: "https://receiver.example/hooks", events }));
    const webhook = await value(young.webhooks.update(webhookId, { active: false }));
    expect(webhook.events).toEqual(events);
    expect(parseSubscriptions(after, webhook.events).isErr()).toBe(true);
    const chosen = [...webhook.events.filter((name) => parseSubscriptions(after, [name]).isOk()), "order.shipped"];
    const settings = { events: parseSubscriptions(after, chosen)._unsafeUnwrap() };
    expect((await value(young.webhooks.update(webhookId, settings))).events).toEqual(["order.paid", "order.shipped"]);
    expect(await failure(old.webhooks.update(webhookId, { events: JSON.parse('["order.shipped"]') }))).toMatchObject({
      type: "UnknownEventType",
    });
    for (const hooks of [old, young]) await value(hooks.close());
  });
});
