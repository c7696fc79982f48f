import { describe, expect, it } from "vitest";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, failure, openHooks, readLedger, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const message = { event, payload: { memory_id: "m-1" } } as const;
const skipped = ["subscribed", "asleep"].map((webhookId) => ({ webhookId, reason: "not-addressed" }));

async function openWithWebhooks(storage: StorageAdapter) {
  const http = scriptedHttpClient();
  const hooks = await openHooks({ storage, http });
  await value(hooks.webhooks.register({ webhookId: "subscribed", url, events: [event] }));
  await value(hooks.webhooks.register({ webhookId: "named", url, events: [] }));
  await value(hooks.webhooks.register({ webhookId: "asleep", url, events: [event], active: false }));
  await value(hooks.webhooks.register({ webhookId: "foreign", url, events: [event], tenantId: "t" }));
  return { hooks, http };
}

describe.each(everyStorage)("a message for one webhook, on $name", ({ create }) => {
  it("goes to that one alone, whatever it subscribes to, and the ledger says why not to the others", async () => {
    const { hooks, http } = await openWithWebhooks(create());
    const named = { webhookId: "named" };
    expect(await value(hooks.preview({ event, ...named }))).toEqual({ matched: [{ ...named, url }], skipped });
    const publication = await value(hooks.publish({ ...message, ...named }));
    expect(publication).toMatchObject({ deliveries: [named], skipped, duplicate: false });
    const [published] = await value(hooks.ledger.readStream(`message-${publication.messageId}`));
    expect(published).toMatchObject({ data: { matched: publication.deliveries, skipped } });
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(1);
    expect(await value(hooks.dispatch({ ...message, ...named }))).toMatchObject([{ ...named, success: true }]);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it.each([
    { name: "that is not there", to: "nobody", type: "WebhookNotFound" },
    { name: "of another tenant", to: "foreign", type: "WebhookNotFound" },
    { name: "that is not active", to: "asleep", type: "WebhookInactive" },
  ])("is refused for a webhook $name, and nothing is written", async ({ to, type }) => {
    const { hooks } = await openWithWebhooks(create());
    const before = await readLedger(hooks);
    const toOne = { ...message, webhookId: to };
    const error = { type, webhookId: to };
    expect(await failure(hooks.publish(toOne))).toMatchObject(error);
    expect(await failure(hooks.publishMany([message, toOne]))).toMatchObject({ ...error, index: 1 });
    expect(await failure(hooks.preview({ event, webhookId: to }))).toMatchObject(error);
    expect(await readLedger(hooks)).toEqual(before);
  });

  it("makes publishMany look once whether webhooks have changed, however many messages name one", async () => {
    let looks = 0;
    const counting = wrapStorage(create(), ({ webhooks }) => ({
      webhooks: {
        ...webhooks,
        revision() {
          looks += 1;
          return webhooks.revision();
        },
      },
    }));
    const { hooks } = await openWithWebhooks(counting);
    await value(hooks.publish(message));
    looks = 0;
    const toNamed = Array.from({ length: 50 }, () => ({ ...message, webhookId: "named" }));
    expect(await value(hooks.publishMany(toNamed))).toHaveLength(50);
    expect(looks).toBe(1);
  });

  it("reaches a webhook of its own tenant only", async () => {
    const { hooks } = await openWithWebhooks(create());
    const foreign = { webhookId: "foreign" };
    const publication = await value(hooks.publish({ ...message, ...foreign, tenantId: "t" }));
    expect(publication).toMatchObject({ deliveries: [foreign], skipped: [] });
  });

  it("has an idempotency key that stands for the webhook too", async () => {
    const { hooks } = await openWithWebhooks(create());
    const toNamed = { ...message, webhookId: "named", idempotencyKey: "k" };
    const first = await value(hooks.publish(toNamed));
    expect(await value(hooks.publish(toNamed))).toEqual({ ...first, duplicate: true });
    expect(await value(hooks.publishMany([toNamed]))).toEqual([{ ...first, duplicate: true }]);
    const reused = { type: "IdempotencyKeyReused", messageId: first.messageId };
    for (const other of [{ webhookId: "subscribed" }, { webhookId: undefined }]) {
      expect(await failure(hooks.publish({ ...toNamed, ...other }))).toMatchObject(reused);
    }
    const both = { ...message, webhookId: "named", idempotencyKey: "k2" };
    const inList = await failure(hooks.publishMany([both, { ...both, webhookId: "subscribed" }]));
    expect(inList).toMatchObject({ type: "IdempotencyKeyReused", index: 1 });
  });

  it("cannot have the idempotency key of a message for all, even if it was the only one that got that", async () => {
    const { hooks } = await openWithWebhooks(create());
    for (const idempotencyKey of ["alone", "not alone"]) {
      const toAll = { ...message, idempotencyKey };
      const { messageId, deliveries } = await value(hooks.publish(toAll));
      expect(deliveries).toHaveLength(idempotencyKey === "alone" ? 1 : 3);
      const toOne = { ...toAll, webhookId: "subscribed" };
      expect(await failure(hooks.publish(toOne))).toMatchObject({ type: "IdempotencyKeyReused", messageId });
      await value(hooks.webhooks.update("asleep", { active: true }));
      await value(hooks.webhooks.update("named", { events: [event] }));
    }
  });

  it("is not refused because of webhooks as they were before another instance changed them", async () => {
    const storage = create();
    const [{ hooks }, other] = [await openWithWebhooks(storage), await openHooks({ storage })];
    await value(hooks.publish(message));
    await value(other.webhooks.register({ webhookId: "new", url, events: [] }));
    await value(other.webhooks.update("asleep", { active: true }));
    for (const webhookId of ["new", "asleep"]) {
      expect(await value(hooks.publish({ ...message, webhookId }))).toMatchObject({ deliveries: [{ webhookId }] });
    }
  });
});
