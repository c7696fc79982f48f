import { describe, expect, it } from "vitest";
import type { Storage, StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, failure, openHooks, readLedger, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";

/** A message that "w" has received, before the webhook "later" was registered. */
async function openDelivered(storage: StorageAdapter) {
  const http = scriptedHttpClient();
  const hooks = await openHooks({ storage, http });
  await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
  const { messageId, deliveries } = await value(hooks.publish({ event, payload: { n: 1 }, subject: "s" }));
  await value(hooks.worker().runUntilIdle());
  await value(hooks.webhooks.register({ webhookId: "later", url, events: [] }));
  await value(hooks.webhooks.register({ webhookId: "asleep", url, events: [event], active: false }));
  await value(hooks.webhooks.register({ webhookId: "foreign", url, events: [event], tenantId: "t" }));
  return { hooks, http, messageId, first: deliveries[0]?.deliveryId };
}

/** Does something once, after the message was looked at and before anything is appended. */
function between(storage: StorageAdapter, act: () => Promise<unknown>): StorageAdapter {
  let next: (() => Promise<unknown>) | null = act;
  return wrapStorage(storage, ({ deliveries }): Partial<Storage> => {
    const list: Storage["deliveries"]["list"] = (filter) =>
      deliveries.list(filter).map(async (views) => {
        const now = next;
        next = null;
        await now?.();
        return views;
      });
    return { deliveries: { ...deliveries, list } };
  });
}

describe.each(everyStorage)("resending a message, on $name", ({ create }) => {
  it.each(["w", "later"])("sends what was delivered once more, under its id: to %s", async (webhookId) => {
    const { hooks, http, messageId, first } = await openDelivered(create());
    const resent = await value(hooks.messages.resend({ messageId, webhookId, actor: "ada" }));
    expect(resent).toMatchObject({ messageId, webhookId, state: "pending", attempts: 0 });
    expect(resent.deliveryId).not.toBe(first);
    await value(hooks.worker().runUntilIdle());
    const [one, two, ...more] = http.requests.map(({ body, headers }) => [String(body), headers["webhook-id"]]);
    expect([two, ...more]).toEqual([one]);
    const addressed = { type: "MessageAddressed", data: { webhookId, deliveryId: resent.deliveryId } };
    const history = await value(hooks.ledger.readStream(`message-${messageId}`));
    expect(history).toMatchObject([{}, { ...addressed, metadata: { actor: "ada" } }]);
    expect(await value(hooks.deliveries.get(first ?? ""))).toMatchObject({ state: "delivered", attempts: 1 });
    expect(await value(hooks.deliveries.get(resent.deliveryId))).toMatchObject({ state: "delivered", attempts: 1 });
    await value(hooks.ledger.rebuild());
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("answers with the delivery that is already on its way there, and makes one if several ask at once", async () => {
    const { hooks, messageId } = await openDelivered(create());
    const many = await Promise.all([1, 2, 3].map(() => value(hooks.messages.resend({ messageId, webhookId: "w" }))));
    const before = await readLedger(hooks);
    many.push(await value(hooks.messages.resend({ messageId, webhookId: "w" })));
    expect(new Set(many.map(({ deliveryId }) => deliveryId)).size).toBe(1);
    expect(await readLedger(hooks)).toEqual(before);
    expect(await value(hooks.messages.resend({ messageId, webhookId: "later" }))).toMatchObject({ webhookId: "later" });
  });

  it.each([
    { name: "a message that is not there", messageId: "nothing", webhookId: "w", type: "MessageNotFound" },
    { name: "a webhook that is not there", webhookId: "nobody", type: "WebhookNotFound" },
    { name: "another tenant's webhook", webhookId: "foreign", type: "WebhookNotFound" },
    { name: "a webhook that is not active", webhookId: "asleep", type: "WebhookInactive" },
  ])("is refused for $name, and nothing is written", async ({ type, messageId: other, webhookId }) => {
    const { hooks, messageId } = await openDelivered(create());
    const before = await readLedger(hooks);
    expect(await failure(hooks.messages.resend({ messageId: other ?? messageId, webhookId }))).toMatchObject({ type });
    expect(await readLedger(hooks)).toEqual(before);
  });

  it.each([
    { name: "the message was erased", type: "PayloadErased" },
    { name: "the webhook was deactivated", type: "WebhookInactive" },
  ])("is refused if $name, before or in between", async ({ type }) => {
    const spoil: (() => Promise<unknown>)[] = [];
    const { hooks, messageId } = await openDelivered(between(create(), async () => spoil.pop()?.()));
    const spoilt = async () =>
      type === "PayloadErased"
        ? value(hooks.messages.erase({ messageId }))
        : value(hooks.webhooks.update("w", { active: false }));
    spoil.push(spoilt);
    expect(await failure(hooks.messages.resend({ messageId, webhookId: "w" }))).toMatchObject({ type });
    expect(await failure(hooks.messages.resend({ messageId, webhookId: "w" }))).toMatchObject({ type });
    expect((await value(hooks.deliveries.list({ messageId }))).items).toHaveLength(1);
    if (type === "WebhookInactive") {
      await value(hooks.webhooks.update("w", { active: true }));
      expect(await value(hooks.messages.resend({ messageId, webhookId: "w" }))).toMatchObject({ state: "pending" });
    }
  });

  it("makes a delivery that is cancelled if the message is erased", async () => {
    const { hooks, messageId } = await openDelivered(create());
    const { deliveryId } = await value(hooks.messages.resend({ messageId, webhookId: "later" }));
    expect(await value(hooks.messages.erase({ subject: "s" }))).toEqual({ erased: 1 });
    const cancelled = { state: "cancelled", cancellationReason: "message-erased" };
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject(cancelled);
  });
});
