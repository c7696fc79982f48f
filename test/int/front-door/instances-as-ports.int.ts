import { describe, expect, it } from "vitest";
import type { Storage, StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, openHooks, value } from "../../support/open-hooks.ts";

const event = "memory.updated";

/** Like an instance of a class: the methods are the prototype's, and need the instance as `this`. */
function asInstance<Port extends object>(port: Port): Port {
  const instance: Port = Object.create(port);
  return new Proxy(instance, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return function (this: unknown, ...given: readonly unknown[]): unknown {
        if (this !== undefined && Object.getPrototypeOf(this) !== port)
          throw new TypeError(`${String(name)} of no instance`);
        return Reflect.apply(member, port, given);
      };
    },
  });
}

function instances(adapter: StorageAdapter): StorageAdapter {
  const ofPorts = (storage: Storage): Storage =>
    asInstance({
      ...storage,
      reader: asInstance(storage.reader),
      writer: asInstance(storage.writer),
      webhooks: asInstance(storage.webhooks),
      deliveries: asInstance(storage.deliveries),
      messages: asInstance(storage.messages),
      secrets: asInstance(storage.secrets),
    });
  return { ...adapter, open: (opening) => adapter.open(opening).map(ofPorts) };
}

describe.each(everyStorage)("a storage whose ports are instances of classes, on $name", ({ create }) => {
  it("works for hooks and for a tenant as one of plain objects does", async () => {
    const hooks = await openHooks({ storage: instances(create()), http: scriptedHttpClient() });
    expect(await value(hooks.webhooks.listAll())).toEqual({ items: [] });
    for (const own of [hooks, hooks.tenant("")]) {
      const { webhookId } = await value(own.webhooks.register({ url: "http://127.0.0.1:9/hooks", events: [event] }));
      const message = { event, payload: { n: 1 }, webhookId, idempotencyKey: webhookId, subject: "s" } as const;
      expect(await value(own.dispatch(message))).toMatchObject([{ success: true }]);
      const { messageId } = await value(own.publish(message));
      await value(own.webhooks.update(webhookId, { active: false }));
      await value(own.webhooks.update(webhookId, { active: true }));
      expect(await value(own.deliveries.replay({ webhookId, states: ["missed"] }))).toMatchObject({ replayed: 0 });
      const { deliveryId } = await value(own.messages.resend({ messageId, webhookId }));
      expect(await value(own.deliveries.cancel(deliveryId))).toMatchObject({ state: "cancelled" });
      expect(await value(own.messages.erase({ subject: "s" }))).toEqual({ erased: 1 });
      expect(await value(own.webhooks.delete(webhookId))).toBe(true);
    }
  });
});
