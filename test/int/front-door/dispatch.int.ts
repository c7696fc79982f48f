import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { pass } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";
import { startReceiver } from "../../support/receiver.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const payload = { memory_id: "m-1" };

describe.each(storages)("dispatch on $name", ({ create }) => {
  it.each(["sequential", "concurrent"] as const)(
    "%s, answers for a receiver that recovers, a dead one and one that breaks the connection",
    async (mode) => {
      const recovering = await startReceiver((_, before) => ({ status: before < 2 ? 500 : 200 }));
      const dead = await startReceiver((_, before) => ({ status: 500, body: `down ${before + 1} times` }));
      const breaking = await startReceiver(() => null);
      const hooks = await openHooks({ storage: create() });
      const retryConfig = { maxRetries: 3, baseDelaySeconds: 0.01 };
      for (const [webhookId, receiver] of Object.entries({ recovering, dead, breaking })) {
        await value(hooks.webhooks.register({ webhookId, url: receiver.url, events: [event], retryConfig }));
      }
      expect(await value(hooks.dispatch({ event, payload }, { mode }))).toEqual([
        { webhookId: "recovering", url: recovering.url, statusCode: 200, success: true },
        { webhookId: "dead", url: dead.url, error: "HTTP 500: down 3 times", success: false },
        { webhookId: "breaking", url: breaking.url, error: expect.stringMatching(/./), success: false },
      ]);
      expect([recovering, dead, breaking].map(({ received }) => received.length)).toEqual([3, 3, 3]);
      expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
    },
  );

  it.each([
    ["was registered with", url],
    ["was changed to", "http://127.0.0.1:9/first"],
  ])(
    "answers with the url that it %s, if it is repeated under its key after a deletion",
    async (_what, registeredUrl) => {
      const hooks = await openHooks({ storage: create(), http: scriptedHttpClient() });
      await value(hooks.webhooks.register({ webhookId: "a", url: registeredUrl, events: [event] }));
      await value(hooks.webhooks.update("a", { url }));
      const message = { event, payload, idempotencyKey: "key" } as const;
      const first = await value(hooks.dispatch(message));
      await value(hooks.webhooks.delete("a"));
      expect(await value(hooks.dispatch(message))).toEqual(first);
      expect(first).toMatchObject([{ url }]);
    },
  );

  it("keeps close waiting for the attempt that is under way, and answers with its outcome", async () => {
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage: create(), clock: createFakeClock(), http });
    await value(hooks.webhooks.register({ webhookId: "a", url, events: [event] }));
    const dispatched = hooks.tenant("").dispatch({ event, payload });
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    const closed = hooks.close();
    for (let turn = 0; turn < 5; turn += 1) await promisesSettled();
    answer.open(204);
    await value(closed);
    expect(await value(dispatched)).toEqual([{ webhookId: "a", url, statusCode: 204, success: true }]);
  });

  it("leaves what it could not deliver before close pending and free for the next instance", async () => {
    // Giving back a lease takes its time, so a close that does not wait for it would cut it off.
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        release: (owner, ids) =>
          ResultAsync.fromSafePromise(promisesSettled()).andThen(() => queue.release(owner, ids)),
      },
    }));
    const clock = createFakeClock();
    const never = createGate<ScriptedAnswer>();
    const hanging = scriptedHttpClient(({ url: to }) => (to.endsWith("/ok") ? 204 : never.opened));
    const first = await openHooks({ storage, clock, http: hanging });
    for (const path of ["ok", "hangs"])
      await value(first.webhooks.register({ url: `${url}/${path}`, events: [event] }));
    const dispatched = first.dispatch({ event, payload });
    await vi.waitFor(async () =>
      expect((await value(first.deliveries.list({ state: "delivered" }))).items).toHaveLength(1),
    );
    const closed = first.close();
    // The time that attempts under way have to end.
    await pass(clock, 15_000);
    await value(closed);
    expect(await failure(dispatched)).toMatchObject({ type: "StorageError", reason: "closed" });

    const http = scriptedHttpClient();
    const second = await openHooks({ storage, clock, http });
    expect((await value(second.deliveries.list({ state: "pending" }))).items).toMatchObject([{ attempts: 0 }]);
    await value(second.worker().runUntilIdle());
    expect(http.requests.map((request) => request.url)).toEqual([`${url}/hangs`]);
    expect((await value(second.deliveries.list({ state: "pending" }))).items).toEqual([]);
  });

  it("waits for an attempt that a running worker has begun, and does not make it again", async () => {
    const clock = createFakeClock();
    const answer = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage: create(), clock, http });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const message = { event, payload, idempotencyKey: "once" } as const;
    await value(hooks.publish(message));
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    const dispatched = hooks.dispatch(message);
    await vi.waitFor(() => expect(clock.sleepers()).toBe(2));
    answer.open(202);
    expect(await value(dispatched)).toEqual([{ webhookId: "w", url, statusCode: 202, success: true }]);
    expect(http.requests).toHaveLength(1);
  });

  it("delivers its own message only, and leaves what else is pending to the workers", async () => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await value(hooks.webhooks.register({ url, events: [event] }));
    const { messageId } = await value(hooks.publish({ event, payload }));
    await value(hooks.dispatch({ event, payload }));
    expect(http.requests).toHaveLength(1);
    expect((await value(hooks.deliveries.list({ messageId }))).items).toMatchObject([
      { state: "pending", attempts: 0 },
    ]);
  });

  it.each([
    ["deleted", "webhook-deleted"],
    ["deactivated", "webhook-deactivated"],
    ["cancelled", "operator"],
  ] as const)("ends if a delivery is cancelled while it waits for its retry: %s", async (how, reason) => {
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), http: scriptedHttpClient(() => 500), clock });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const dispatched = hooks.dispatch({ event, payload });
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    const [{ deliveryId } = { deliveryId: "" }] = (await value(hooks.deliveries.list())).items;
    if (how === "deleted") await value(hooks.webhooks.delete("w"));
    else if (how === "deactivated") await value(hooks.webhooks.update("w", { active: false }));
    else await value(hooks.deliveries.cancel(deliveryId));
    expect(await value(dispatched)).toEqual([{ webhookId: "w", url, error: `cancelled: ${reason}`, success: false }]);
    expect((await readLedger(hooks)).at(-1)).toMatchObject({ type: "DeliveryCancelled", data: { reason } });
  });
});

describe("close", () => {
  it.each(storages)(
    "may be called twice, and then every call is a StorageError, closed, on $name",
    async ({ create }) => {
      const clock = createFakeClock();
      const hooks = await openHooks({ storage: create(), clock });
      await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
      const worker = hooks.worker();
      await value(worker.start());
      await Promise.all([value(hooks.close()), value(hooks.close())]);
      await value(hooks.close());
      const closed = { type: "StorageError", reason: "closed", retryable: false };
      for (const refused of [
        hooks.webhooks.register({ url, events: [event] }),
        hooks.webhooks.get("w"),
        hooks.webhooks.list(),
        hooks.webhooks.listAll(),
        hooks.webhooks.update("w", { active: false }),
        hooks.webhooks.rotateSecret("w"),
        hooks.webhooks.delete("w"),
        hooks.webhooks.health("w"),
        hooks.webhooks.history("w"),
        hooks.publish({ event, payload }),
        hooks.preview({ event }),
        hooks.dispatch({ event, payload }),
        hooks.deliveries.get("d"),
        hooks.deliveries.list(),
        hooks.deliveries.backlog(),
        hooks.deliveries.attempts("d"),
        hooks.deliveries.redeliver("d"),
        hooks.deliveries.cancel("d"),
        hooks.ledger.readAll({ limit: 1 }),
        hooks.ledger.readStream("webhook-w"),
        hooks.ledger.rebuild(),
        hooks.ledger.verify(),
        worker.runUntilIdle(),
        worker.start(),
      ]) {
        expect(await failure<unknown, unknown>(refused)).toMatchObject(closed);
      }
      // No timer is left that would keep the process alive.
      await promisesSettled();
      expect(clock.sleepers()).toBe(0);
    },
  );
});
