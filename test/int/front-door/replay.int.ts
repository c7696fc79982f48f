import { describe, expect, it, vi } from "vitest";
import type { ReplayFilter, ReplayProgress } from "../../../src/application/deliveries/replay-input.ts";
import type { EndedStatus } from "../../../src/domain/delivery/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish } from "../../support/deliver-to.ts";
import { countOf, exhaust, onceEach, openDown, registerImpatient, statesOf } from "../../support/exhausted.ts";
import { failure, openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";

describe.each(storages)("replay on $name", ({ create }) => {
  /** Some deliveries to "w" and "x", all of them exhausted. */
  async function openExhausted(messages: number, webhookIds: readonly string[] = ["w"]) {
    const opened = await openDown(create());
    await registerImpatient(opened.hooks, ...webhookIds);
    return { ...opened, deliveryIds: await exhaust(opened.hooks, messages) };
  }

  async function replay(hooks: MemoryHooks, filter?: ReplayFilter) {
    const told: ReplayProgress[] = [];
    const answer = await value(hooks.deliveries.replay(filter, { onProgress: (progress) => told.push(progress) }));
    return { answer, told };
  }

  it("makes thousands pending, due now, and tells of each page; each is then delivered once", async () => {
    const { hooks, http, clock, receivers, deliveryIds } = await openExhausted(1200);
    clock.advance(5000);
    const { answer, told } = await replay(hooks);
    expect(answer).toEqual({ examined: 1200, replayed: 1200 });
    expect(told).toEqual([200, 400, 600, 800, 1000, 1200].map((count) => ({ examined: count, replayed: count })));
    expect(await value(hooks.deliveries.get(deliveryIds[700] ?? ""))).toMatchObject({
      state: "pending",
      attempts: 1,
      nextAttemptAt: new Date(clock.now()).toISOString(),
    });
    receivers.up = true;
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(2400);
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
    expect(await countOf(hooks, "DeliverySucceeded")).toEqual(onceEach(deliveryIds));
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    expect(await replay(hooks)).toEqual({ answer: { examined: 0, replayed: 0 }, told: [] });
  });

  it.each<readonly [filter: ReplayFilter, replayed: readonly string[]]>([
    [{}, ["exhausted", "cancelled"]],
    [{ states: ["exhausted"] }, ["exhausted"]],
    [{ states: ["cancelled"] }, ["cancelled"]],
    [{ states: ["cancelled", "exhausted", "cancelled"] }, ["exhausted", "cancelled"]],
  ])("with %j takes what is in those states, and nothing that is pending or delivered", async (filter, replayed) => {
    const { hooks, receivers, deliveryIds } = await openExhausted(1);
    receivers.up = true;
    const delivered = await exhaust(hooks, 1);
    const [cancelled = "", pending = ""] = await publish(hooks, 2);
    await value(hooks.deliveries.cancel(cancelled));
    const { answer } = await replay(hooks, filter);
    expect(answer).toEqual({ examined: replayed.length, replayed: replayed.length });
    const become = (state: EndedStatus) => (replayed.includes(state) ? "pending" : state);
    expect(await statesOf(hooks, [...deliveryIds, ...delivered, cancelled, pending])).toEqual([
      ...[become("exhausted"), "delivered", become("cancelled"), "pending"],
    ]);
    await value(hooks.worker().runUntilIdle());
    expect([...(await countOf(hooks, "DeliverySucceeded")).values()].every((count) => count === 1)).toBe(true);
  });

  it("by since takes what was created at that time or later; what is older is looked at and stays", async () => {
    const { hooks, clock, deliveryIds: old } = await openExhausted(3);
    clock.advance(1);
    const since = new Date(clock.now());
    const recent = await exhaust(hooks, 2);
    since.setTime(since.getTime() + 1);
    expect((await replay(hooks, { since })).answer).toEqual({ examined: 5, replayed: 0 });
    since.setTime(since.getTime() - 1);
    expect((await replay(hooks, { since })).answer).toEqual({ examined: 5, replayed: 2 });
    expect(await statesOf(hooks, [...old, ...recent])).toEqual([
      ...["exhausted", "exhausted", "exhausted", "pending", "pending"],
    ]);
  });

  it("by until takes what was created before that time, which with since makes a window", async () => {
    const { hooks, clock, deliveryIds: old } = await openExhausted(3);
    clock.advance(1);
    const [since, until] = [new Date(clock.now()), new Date(clock.now() + 1)];
    const within = await exhaust(hooks, 2);
    clock.advance(1);
    const recent = await exhaust(hooks, 1);
    expect((await replay(hooks, { since, until: since })).answer).toEqual({ examined: 6, replayed: 0 });
    expect((await replay(hooks, { since, until })).answer).toEqual({ examined: 6, replayed: 2 });
    expect(await statesOf(hooks, within)).toEqual(["pending", "pending"]);
    expect((await replay(hooks, { until: since })).answer).toEqual({ examined: 4, replayed: 3 });
    expect(await statesOf(hooks, [...old, ...recent])).toEqual(["pending", "pending", "pending", "exhausted"]);
  });

  it("by webhookId takes only that webhook's deliveries", async () => {
    const { hooks, http, receivers } = await openExhausted(250, ["w", "x"]);
    const { answer, told } = await replay(hooks, { webhookId: "w" });
    expect(answer).toEqual({ examined: 250, replayed: 250 });
    expect(told).toHaveLength(2);
    receivers.up = true;
    await value(hooks.worker().runUntilIdle());
    const urls = http.requests.slice(500).map(({ url }) => url);
    expect(urls).toHaveLength(250);
    expect(new Set(urls)).toEqual(new Set(["http://127.0.0.1:9/w"]));
  });

  it("by webhookId is refused while the webhook is not active, and once it is deleted", async () => {
    const { hooks } = await openExhausted(1);
    await value(hooks.webhooks.update("w", { active: false }));
    const replayed = () => failure(hooks.deliveries.replay({ webhookId: "w" }));
    expect(await replayed()).toMatchObject({ type: "WebhookInactive", webhookId: "w" });
    await value(hooks.webhooks.delete("w"));
    expect(await replayed()).toMatchObject({ type: "WebhookNotFound", webhookId: "w" });
  });

  it("without webhookId skips the deliveries of webhooks that are inactive or deleted", async () => {
    const { hooks, http, receivers } = await openExhausted(2, ["active", "inactive", "deleted"]);
    await value(hooks.webhooks.update("inactive", { active: false }));
    await value(hooks.webhooks.delete("deleted"));
    expect((await replay(hooks)).answer).toEqual({ examined: 6, replayed: 2 });
    receivers.up = true;
    await value(hooks.worker().runUntilIdle());
    expect(http.requests.slice(6).map(({ url }) => url)).toEqual(Array(2).fill("http://127.0.0.1:9/active"));
    await value(hooks.webhooks.update("inactive", { active: true }));
    expect((await replay(hooks)).answer).toEqual({ examined: 4, replayed: 2 });
  });

  it("skips deliveries whose message was erased, whatever ended them", async () => {
    const { hooks, deliveryIds } = await openExhausted(2);
    const [exhausted = "", other = ""] = deliveryIds;
    const [pending = ""] = await publish(hooks);
    for (const deliveryId of [exhausted, pending]) {
      const messageId = (await value(hooks.deliveries.get(deliveryId)))?.messageId ?? "";
      await value(hooks.messages.erase({ messageId }));
    }
    expect((await replay(hooks)).answer).toEqual({ examined: 3, replayed: 1 });
    expect(await statesOf(hooks, [exhausted, pending, other])).toEqual(["exhausted", "cancelled", "pending"]);
  });

  it("wakes a worker that is waiting", async () => {
    const http = scriptedHttpClient((_, before) => (before < 3 ? 500 : 204));
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await registerImpatient(hooks, "w");
    await exhaust(hooks, 3);
    await value(hooks.worker().start());
    await replay(hooks);
    await vi.waitFor(() => expect(http.requests).toHaveLength(6));
  });

  it.each([
    ["throws", () => void JSON.parse("no JSON")],
    ["rejects", () => Promise.reject(new Error("no answer"))],
  ])("goes on if onProgress %s, and warns of it", async (_, onProgress) => {
    const logger = createRecordingLogger();
    const { hooks } = await openDown(create(), logger);
    await registerImpatient(hooks, "w");
    await exhaust(hooks, 201);
    expect(await value(hooks.deliveries.replay({}, { onProgress }))).toEqual({ examined: 201, replayed: 201 });
    const warnings = () => logger.entries.filter(({ message }) => message.startsWith("onProgress threw"));
    await vi.waitFor(() => expect(warnings()).toHaveLength(2));
    expect(warnings()[0]).toMatchObject({
      level: "warn",
      facts: { cause: expect.stringMatching(/^(?:Syntax)?Error$/) },
    });
  });
});
