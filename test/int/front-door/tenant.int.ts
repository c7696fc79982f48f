import { describe, expect, it } from "vitest";
import type { Tenant } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, failure, openHooks, readLedger, value } from "../../support/open-hooks.ts";

type Own = Tenant;
/** The ids that the calls are given, of a webhook, a delivery and a message, whether those exist or not. */
type Ids = Readonly<Record<"webhookId" | "deliveryId" | "messageId", string>>;

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const message = { event, payload: { memory_id: "m-1" } } as const;
const actor = "somebody";

/** A call of everything that takes an id. The types require every one of them. */
const byId: {
  readonly webhooks: Readonly<
    Record<Exclude<keyof Own["webhooks"], "list" | "listForEvent">, (own: Own, ids: Ids) => unknown>
  >;
  readonly deliveries: Readonly<Record<keyof Own["deliveries"], (own: Own, ids: Ids) => unknown>>;
  readonly messages: Readonly<Record<keyof Own["messages"], (own: Own, ids: Ids) => unknown>>;
} = {
  webhooks: {
    // An id is unique across tenants, so registering another's id cannot be answered as for an unknown one.
    register: ({ webhooks }) => webhooks.list(),
    get: ({ webhooks }, { webhookId }) => webhooks.get(webhookId),
    update: ({ webhooks }, { webhookId }) => webhooks.update(webhookId, { active: false }),
    rotateSecret: ({ webhooks }, { webhookId }) => webhooks.rotateSecret(webhookId),
    rotateKeyPair: ({ webhooks }, { webhookId }) => webhooks.rotateKeyPair(webhookId),
    delete: ({ webhooks }, { webhookId }) => webhooks.delete(webhookId, { actor }),
    health: ({ webhooks }, { webhookId }) => webhooks.health(webhookId),
    sendTest: ({ webhooks }, { webhookId }) => webhooks.sendTest(webhookId, message),
    history: ({ webhooks }, { webhookId }) => webhooks.history(webhookId),
  },
  deliveries: {
    get: ({ deliveries }, { deliveryId }) => deliveries.get(deliveryId),
    list: async ({ deliveries }, { webhookId, messageId }) => [
      await deliveries.list({ webhookId }),
      await deliveries.list({ messageId }),
      await deliveries.list(),
    ],
    backlog: ({ deliveries }) => deliveries.backlog(),
    attempts: ({ deliveries }, { deliveryId }) => deliveries.attempts(deliveryId),
    // A map has no JSON.
    attemptsOf: ({ deliveries }, { deliveryId }) => deliveries.attemptsOf([deliveryId]).map((found) => [...found]),
    redeliver: ({ deliveries }, { deliveryId }) => deliveries.redeliver(deliveryId),
    replay: async ({ deliveries }, { webhookId }) => [
      await deliveries.replay({ webhookId, states: ["exhausted", "missed"] }),
      await deliveries.replay(),
    ],
    cancel: ({ deliveries }, { deliveryId }) => deliveries.cancel(deliveryId),
  },
  messages: {
    get: ({ messages }, { messageId }) => messages.get(messageId),
    list: ({ messages }) => messages.list({ subject: "s" }),
    erase: async ({ messages }, { messageId }) => [
      await messages.erase({ messageId }),
      await messages.erase({ subject: "s" }),
      await messages.erase({ all: true }),
    ],
    resend: ({ messages }, { messageId, webhookId }) => messages.resend({ messageId, webhookId, actor }),
  },
};
const calls = Object.entries(byId).flatMap(([group, table]) =>
  Object.entries(table).map(([name, call]) => ({ name: `${group}.${name}`, call })),
);

/** A webhook of the tenant a, with an exhausted delivery and a pending one. */
async function openWithTenantA(storage: StorageAdapter) {
  const hooks = await openHooks({ storage, http: scriptedHttpClient(() => 500) });
  const a = hooks.tenant("a");
  await value(a.webhooks.register({ webhookId: "of-tenant-a", url, events: [event], retryConfig: { maxRetries: 1 } }));
  const exhausted = await value(a.publish({ ...message, subject: "s" }));
  await value(hooks.worker().runUntilIdle());
  const pending = await value(a.publish({ ...message, subject: "s" }));
  const idsOf = ({ messageId, deliveries }: typeof exhausted): Ids => ({
    webhookId: "of-tenant-a",
    deliveryId: deliveries[0]?.deliveryId ?? "",
    messageId,
  });
  return { hooks, a, exhausted: idsOf(exhausted), pending: idsOf(pending) };
}

/** The answer as text, with each id replaced by its name. */
function named(answer: unknown, ids: Ids): string {
  return Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(id, name), JSON.stringify(answer));
}

describe.each(everyStorage)("a tenant, on $name", ({ create }) => {
  it.each(calls)("$name answers for another's ids as for unknown ids, and writes nothing", async (row) => {
    const { hooks, exhausted, pending } = await openWithTenantA(create());
    const before = await readLedger(hooks);
    const nobodys = { webhookId: "not-there-1", deliveryId: "not-there-2", messageId: "not-there-3" };
    for (const tenantId of ["b", ""]) {
      for (const ids of [exhausted, pending]) {
        const answer = await row.call(hooks.tenant(tenantId), ids);
        expect(named(answer, ids)).toEqual(named(await row.call(hooks.tenant(tenantId), nobodys), nobodys));
      }
    }
    expect(await readLedger(hooks)).toEqual(before);
    expect((await value(hooks.messages.get(pending.messageId)))?.body).not.toBeNull();
  });

  it("reaches all of its own without naming itself", async () => {
    const { hooks, a, exhausted, pending } = await openWithTenantA(create());
    expect(await value(a.webhooks.list())).toMatchObject([{ webhookId: "of-tenant-a", tenantId: "a" }]);
    expect(await value(a.webhooks.listForEvent(event))).toHaveLength(1);
    expect(await value(hooks.webhooks.list())).toEqual([]);
    expect((await value(a.deliveries.list())).items.map(({ deliveryId }) => deliveryId)).toEqual(
      [exhausted, pending].map(({ deliveryId }) => deliveryId),
    );
    expect(await value(a.preview({ event }))).toMatchObject({ matched: [{ webhookId: "of-tenant-a" }] });
    expect(await value(a.publishMany([message]))).toMatchObject([{ deliveries: [{ webhookId: "of-tenant-a" }] }]);
    expect(await value(a.deliveries.replay())).toEqual({ examined: 1, replayed: 1 });
    expect(await value(a.deliveries.cancel(pending.deliveryId, { actor }))).toMatchObject({ state: "cancelled" });
    expect(await value(a.deliveries.redeliver(pending.deliveryId))).toMatchObject({ state: "pending" });
    expect(await value(a.messages.erase({ subject: "s" }))).toEqual({ erased: 2 });
    expect(await value(a.dispatch(message))).toMatchObject([{ webhookId: "of-tenant-a", success: false }]);
    expect(await value(a.webhooks.update("of-tenant-a", { active: false }))).toMatchObject({ active: false });
    expect(await value(a.webhooks.health("of-tenant-a"))).toMatchObject({ pending: 0, deactivatesAt: null });
    expect(await value(a.webhooks.history("of-tenant-a"))).not.toEqual([]);
    expect(await value(a.webhooks.delete("of-tenant-a"))).toBe(true);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("refuses whatever names another tenant, and takes its own name", async () => {
    const { a } = await openWithTenantA(create());
    const webhook = { url, events: [event] } as const;
    const to = (tenantId: string) => [
      a.webhooks.register({ ...webhook, tenantId }),
      a.webhooks.list({ tenantId }),
      a.webhooks.listForEvent(event, { tenantId }),
      a.publish({ ...message, tenantId }),
      a.publishMany([{ ...message, tenantId }]),
      a.preview({ event, tenantId }),
      a.dispatch({ ...message, tenantId }),
      a.deliveries.list({ tenantId }),
      a.deliveries.replay({ tenantId }),
      a.messages.erase({ subject: "s", tenantId }),
    ];
    for (const tenantId of ["b", ""]) {
      for (const refused of to(tenantId)) {
        expect((await refused)._unsafeUnwrapErr()).toMatchObject({ type: "InvalidInput", field: "tenantId" });
      }
    }
    for (const answered of to("a")) expect((await answered).isOk()).toBe(true);
  });

  it("must have a valid name, which may be empty", async () => {
    const { hooks } = await openWithTenantA(create());
    for (const name of [undefined, null, 5, "a\nb", "x".repeat(201)]) {
      expect(() => Reflect.apply(hooks.tenant, hooks, [name])).toThrow(TypeError);
    }
    expect(await value(hooks.tenant("").webhooks.list())).toEqual([]);
  });
});

describe.each(everyStorage)("replay of a tenant, on $name", ({ create }) => {
  it("makes pending the deliveries of its webhooks, one after the other, and nobody else's", async () => {
    const { hooks } = await openWithTenantA(create());
    const other = { webhookId: "x", url, events: [event], tenantId: "b", retryConfig: { maxRetries: 1 } } as const;
    await value(hooks.webhooks.register(other));
    await value(hooks.webhooks.register({ ...other, webhookId: "y" }));
    await value(hooks.publish({ ...message, tenantId: "b" }));
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.replay({ tenantId: "b" }))).toEqual({ examined: 2, replayed: 2 });
    const pending = await value(hooks.deliveries.list({ state: "pending" }));
    expect(pending.items.map(({ webhookId }) => webhookId)).toEqual(["x", "y"]);
    const foreign = { type: "WebhookNotFound", webhookId: "of-tenant-a" };
    expect(await failure(hooks.deliveries.replay({ tenantId: "b", webhookId: "of-tenant-a" }))).toMatchObject(foreign);
  });
});
