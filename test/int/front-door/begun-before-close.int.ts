import type { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { defineEvents, openHookledger } from "../../../src/index.ts";
import { memoryEvents, type EventCatalogue } from "../../../src/domain/message/index.ts";
import { createGate } from "../../support/gate.ts";
import { everyStorage, failure, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const payload = { memory_id: "m-1" };
const webhook = { url: "http://127.0.0.1:9/hooks", events: [event] } as const;

describe.each(everyStorage)("what was begun before close, on $name", ({ create }) => {
  async function open<Catalogue extends EventCatalogue>(events: Catalogue) {
    const options = { storage: create(), network: { allow: ["127.0.0.0/8"] }, events };
    return { hooks: await value(openHookledger(options)), reopened: () => value(openHookledger(options)) };
  }

  it("is finished by close: publishes", async () => {
    const { hooks } = await open(memoryEvents);
    await value(hooks.webhooks.register(webhook));
    const begun = [
      hooks.publish({ event, payload }),
      hooks.publish({ event, payload, idempotencyKey: "k" }),
      hooks.publishMany([{ event, payload }]),
    ];
    await value(hooks.close());
    for (const call of begun) expect((await call).isOk()).toBe(true);
  });

  it("is finished by close: changes of webhooks, and look-ups", async () => {
    const { hooks, reopened } = await open(memoryEvents);
    for (const webhookId of ["a", "b", "c", "d"]) await value(hooks.webhooks.register({ ...webhook, webhookId }));
    const { deliveries } = await value(hooks.publish({ event, payload }));
    const deliveryOf = (id: string) => deliveries.find(({ webhookId }) => webhookId === id)?.deliveryId ?? "";
    const begun: readonly ResultAsync<unknown, unknown>[] = [
      hooks.webhooks.register({ ...webhook, webhookId: "e" }),
      hooks.webhooks.update("a", { retryConfig: { maxRetries: 2 } }),
      hooks.webhooks.rotateSecret("b"),
      hooks.webhooks.rotateKeyPair("c"),
      hooks.webhooks.delete("d"),
      hooks.webhooks.get("a"),
      hooks.webhooks.list(),
      hooks.webhooks.listAll(),
      hooks.webhooks.listForEvent(event),
      hooks.webhooks.health("a"),
      hooks.webhooks.history("a"),
      hooks.deliveries.cancel(deliveryOf("a")),
      hooks.deliveries.redeliver(deliveryOf("b")),
      hooks.deliveries.get(deliveryOf("b")),
      hooks.deliveries.list(),
      hooks.deliveries.backlog(),
      hooks.deliveries.attempts(deliveryOf("b")),
      hooks.deliveries.attemptsOf([deliveryOf("b")]),
      hooks.ledger.readAll({ limit: 10 }),
      hooks.ledger.readStream("webhook-a"),
      hooks.preview({ event }),
    ];
    await value(hooks.close());
    for (const call of begun) expect((await call).isOk()).toBe(true);
    const again = await reopened();
    expect(await value(again.webhooks.list())).toHaveLength(4);
    await value(again.close());
  });

  it("is not waited for if a schema has not answered: the call is closed, and writes nothing", async () => {
    const answered = createGate<undefined>();
    const validate = (given: unknown) => answered.opened.then(() => ({ value: given }));
    const events = defineEvents({ "slow.schema": { "~standard": { version: 1, vendor: "test", validate } } });
    const { hooks, reopened } = await open(events);
    const message = { event: "slow.schema", payload } as const;
    const begun: readonly ResultAsync<unknown, unknown>[] = [
      hooks.publish(message),
      hooks.publishMany([message, message]),
      hooks.dispatch(message),
      hooks.webhooks.sendTest("w", message),
    ];
    await value(hooks.close());
    const late = hooks.publish(message);
    for (const call of [...begun, late]) {
      expect(await failure(call)).toMatchObject({ type: "StorageError", reason: "closed" });
    }
    answered.open(undefined);
    const again = await reopened();
    expect(await value(again.ledger.readAll({ limit: 1 }))).toEqual([]);
    await value(again.close());
  });

  it("is waited for by a second close too", async () => {
    const { hooks } = await open(memoryEvents);
    const order: string[] = [];
    const begun = hooks.publish({ event, payload }).map(() => order.push("published"));
    const closes = [hooks.close(), hooks.close()].map((closing) => closing.map(() => order.push("closed")));
    for (const closing of closes) await value(closing);
    expect((await begun).isOk()).toBe(true);
    expect(order).toEqual(["published", "closed", "closed"]);
  });

  it("does not include publishes that begin during close, which does not wait for them", async () => {
    const { hooks } = await open(memoryEvents);
    let closed = false;
    const publishOn = async (): Promise<void> => {
      while (!closed && (await hooks.publish({ event, payload })).isOk());
    };
    const publishers = Array.from({ length: 4 }, publishOn);
    await value(hooks.close());
    closed = true;
    await Promise.all(publishers);
    expect(await failure(hooks.publish({ event, payload }))).toMatchObject({ reason: "closed" });
  });
});
