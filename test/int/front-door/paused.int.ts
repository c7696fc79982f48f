import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, openProcess, publish, register, states, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { everyStorage, failure, openHooks, storages, value } from "../../support/open-hooks.ts";

const DAY = 86_400_000;

describe.each(storages)("a webhook that is paused, on $name", ({ create }) => {
  async function openPaused() {
    const storage = create();
    const clock = createFakeClock();
    const http = scriptedHttpClient(() => 200);
    const hooks = await openProcess(storage, clock, http);
    await register(hooks, "a");
    await register(hooks, "b");
    await publish(hooks);
    await value(hooks.webhooks.update("a", { paused: true, actor: "ops" }));
    const sentTo = () => http.requests.map(({ url }) => url.slice(-1)).sort();
    return { storage, clock, http, hooks, sentTo };
  }

  it("is sent nothing while it is paused, and everything published meanwhile once it is resumed", async () => {
    const { clock, hooks, sentTo } = await openPaused();
    const worker = hooks.worker();
    await value(worker.start());
    await publish(hooks, 2);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ pending: 3, delivered: 3 }));
    clock.advance(30 * DAY);
    await publish(hooks);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ pending: 4, delivered: 4 }));
    expect(sentTo()).toEqual(["b", "b", "b", "b"]);
    expect(await value(hooks.webhooks.update("a", { paused: false }))).toMatchObject({ paused: false });
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 8 }));
    expect(sentTo()).toEqual(["a", "a", "a", "a", "b", "b", "b", "b"]);
    await value(worker.stop());
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  });

  it("shows that it is paused, and its history says who paused it", async () => {
    const { hooks } = await openPaused();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true, paused: true });
    expect(await value(hooks.webhooks.get("b"))).toMatchObject({ active: true, paused: false });
    expect(await value(hooks.webhooks.listAll())).toMatchObject({ items: [{ paused: true }, { paused: false }] });
    expect(await value(hooks.webhooks.health("a"))).toMatchObject({ pausedUntil: null, pending: 1, dueSince: null });
    const history = await value(hooks.webhooks.history("a"));
    expect(history.at(-1)).toMatchObject({ type: "WebhookPaused", metadata: { actor: "ops" } });
    await value(hooks.webhooks.update("a", { paused: true }));
    expect(await value(hooks.webhooks.history("a"))).toHaveLength(history.length);
  });

  it("stays paused after a restart", async () => {
    const { storage, clock, hooks } = await openPaused();
    await value(hooks.close());
    const later = scriptedHttpClient(() => 200);
    const again = await openProcess(storage, clock, later);
    const worker = again.worker();
    await value(worker.start());
    await vi.waitFor(() => expect(later.requests).toMatchObject([{ url: urlOf("b") }]));
    await value(again.webhooks.update("a", { paused: false }));
    await vi.waitFor(() => expect(later.requests).toMatchObject([{ url: urlOf("b") }, { url: urlOf("a") }]));
    await value(worker.stop());
  });

  it("lets attempts under way end, and their retries wait", async () => {
    const answer = createGate<number>();
    const http = scriptedHttpClient((_, before) => (before === 0 ? answer.opened : 200));
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    const worker = hooks.worker();
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(hooks.webhooks.update("a", { paused: true }));
    answer.open(500);
    await vi.waitFor(async () => expect(await value(hooks.deliveries.attempts(deliveryId))).toHaveLength(1));
    clock.advance(DAY);
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "pending" });
    await value(hooks.webhooks.update("a", { paused: false }));
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    expect(http.requests).toHaveLength(2);
    await value(worker.stop());
  });

  it("is waited for by runUntilIdle and dispatch", async () => {
    const { hooks } = await openPaused();
    const idle = hooks.worker().runUntilIdle();
    const outcomes = hooks.dispatch({ event, payload: {} });
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ pending: 2, delivered: 2 }));
    await value(hooks.webhooks.update("a", { paused: false }));
    expect(await value(idle)).toBeUndefined();
    expect(await value(outcomes)).toMatchObject([{ success: true }, { success: true }]);
  });

  it("loses what waits when it is deactivated, and is not paused once it is active again", async () => {
    const { hooks } = await openPaused();
    await value(hooks.webhooks.update("a", { active: false }));
    expect(await states(hooks, "a")).toEqual({ cancelled: 1 });
    expect(await value(hooks.webhooks.update("a", { active: true }))).toMatchObject({ active: true, paused: false });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks, "a")).toEqual({ cancelled: 1, delivered: 1 });
  });

  it("loses what waits when it is deleted", async () => {
    const { hooks } = await openPaused();
    await value(hooks.webhooks.delete("a"));
    expect(await states(hooks)).toEqual({ cancelled: 1, pending: 1 });
  });

  it("does not count as failing for the time that it was paused", async () => {
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), clock, http: scriptedHttpClient(() => 500) });
    await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds: 3600 } });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    await value(hooks.webhooks.update("a", { paused: true }));
    clock.advance(DAY);
    await value(hooks.webhooks.update("a", { paused: false }));
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
  });

  it("must be active: pausing an inactive webhook is refused, since nothing would wait for it", async () => {
    const { hooks } = await openPaused();
    await value(hooks.webhooks.update("b", { active: false }));
    const refused = { type: "InvalidInput", field: "paused" };
    expect(await failure(hooks.webhooks.update("b", { paused: true }))).toMatchObject(refused);
    expect(await failure(hooks.webhooks.update("a", { active: false, paused: true }))).toMatchObject(refused);
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
    expect(await value(hooks.webhooks.update("b", { active: true, paused: true }))).toMatchObject({ paused: true });
  });
});

describe.each(everyStorage)("a pause by hand, on $name", ({ create }) => {
  it("holds for the workers of another process, which also see its end", async () => {
    const storage = create();
    const http = scriptedHttpClient(() => 200);
    const [hooks, other] = [await openHooks({ storage, http }), await openHooks({ storage, http })];
    await register(hooks, "a");
    await register(hooks, "b");
    await value(hooks.webhooks.update("a", { paused: true }));
    const worker = other.worker();
    await value(worker.start());
    await publish(hooks, 2);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ pending: 2, delivered: 2 }));
    await value(hooks.webhooks.update("a", { paused: false }));
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 4 }));
    await value(worker.stop());
  });
});
