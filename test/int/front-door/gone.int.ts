import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { answer, event, publish, register, states, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";

const gone = answer(410, {}, "moved away");

describe.each(storages)("a 410, on $name", ({ create }) => {
  async function openTo(script: (url: string, before: number) => ScriptedAnswer | Promise<ScriptedAnswer>) {
    const http = scriptedHttpClient(({ url }, before) => script(url, before));
    const clock = createFakeClock({ autoAdvance: true });
    return { http, hooks: await openHooks({ storage: create(), clock, http }) };
  }

  it("deactivates the webhook and cancels all that is pending for it, but nobody else's", async () => {
    const { hooks, http } = await openTo((url) => (url === urlOf("gone") ? gone : 204));
    await register(hooks, "gone");
    await register(hooks, "other");
    const [deliveryId = ""] = await publish(hooks, 5);
    await value(hooks.worker({ perWebhookConcurrency: 1 }).runUntilIdle());
    expect(await value(hooks.webhooks.get("gone"))).toMatchObject({ active: false, deactivationReason: "gone" });
    expect(await value(hooks.webhooks.get("other"))).toMatchObject({ active: true });
    expect(await states(hooks, "gone")).toEqual({ cancelled: 5 });
    expect(await states(hooks, "other")).toEqual({ delivered: 5 });
    // A second attempt may be under way before the webhook is deactivated.
    expect(http.requests.filter(({ url }) => url === urlOf("gone")).length).toBeLessThan(5);
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
      ...{ state: "cancelled", cancellationReason: "webhook-deactivated", attempts: 1 },
    });
    expect((await value(hooks.publish({ event, payload: {} }))).skipped).toEqual([
      { webhookId: "gone", reason: "inactive" },
    ]);
  });

  it("deactivates once, even if several come at once, and a success among them counts", async () => {
    const { hooks } = await openTo((_, before) => (before === 3 ? 204 : gone));
    await register(hooks, "a");
    await publish(hooks, 5);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ cancelled: 4, delivered: 1 });
    const types = (await readLedger(hooks)).map(({ type }) => type);
    expect(types.filter((type) => type === "WebhookDeactivated")).toHaveLength(1);
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  });

  it("does not keep a webhook that is activated again from what is published then", async () => {
    const { hooks } = await openTo((_, before) => (before === 0 ? gone : 204));
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.webhooks.update("a", { active: true }))).toMatchObject({
      ...{ active: true, deactivationReason: null },
    });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await states(hooks)).toEqual({ cancelled: 1, delivered: 1 });
  });

  it("from a url that the webhook no longer has does not deactivate it", async () => {
    const late = createGate<ScriptedAnswer>();
    const { hooks, http } = await openTo((url) => (url === urlOf("old") ? late.opened : 204));
    await register(hooks, "old");
    await publish(hooks);
    const run = hooks.worker().runUntilIdle();
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(hooks.webhooks.update("old", { url: urlOf("new") }));
    late.open(gone);
    await value(run);
    expect(await value(hooks.webhooks.get("old"))).toMatchObject({ active: true });
  });

  it("is what dispatch answers, in the receiver's words", async () => {
    const { hooks } = await openTo(() => gone);
    await register(hooks, "a");
    expect(await value(hooks.dispatch({ event, payload: {} }))).toEqual([
      { webhookId: "a", url: urlOf("a"), error: "HTTP 410: moved away", success: false },
    ]);
  });

  it("before a redelivery is not what dispatch answers about the redelivery", async () => {
    const waiting = createGate<ScriptedAnswer>();
    const { hooks, http } = await openTo((_, before) => (before === 0 ? gone : waiting.opened));
    await register(hooks, "a");
    const message = { event, payload: {}, idempotencyKey: "key" } as const;
    await value(hooks.dispatch(message));
    const [{ deliveryId } = { deliveryId: "" }] = (await value(hooks.deliveries.list())).items;
    await value(hooks.webhooks.update("a", { active: true }));
    await value(hooks.deliveries.redeliver(deliveryId));
    const dispatched = hooks.dispatch(message);
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await value(hooks.webhooks.update("a", { active: false }));
    waiting.open(500);
    await promisesSettled();
    expect(await value(dispatched)).toMatchObject([{ error: "cancelled: webhook-deactivated" }]);
  });
});
