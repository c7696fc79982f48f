import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, readLedger, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const payload = { memory_id: "m-1" };

async function publish(hooks: MemoryHooks): Promise<{ readonly deliveryId: string; readonly messageId: string }> {
  const { deliveries, messageId } = await value(hooks.publish({ event, payload }));
  const [{ deliveryId } = { deliveryId: "" }] = deliveries;
  return { deliveryId, messageId };
}

describe.each(storages)("deliveries on $name", ({ create }) => {
  /** One webhook, "w", whose receiver answers as told, and a clock that goes on by itself. */
  async function openOne(answer: ScriptedAnswer | ((before: number) => ScriptedAnswer) = 500) {
    const http = scriptedHttpClient((_, before) => (typeof answer === "function" ? answer(before) : answer));
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event], retryConfig: { maxRetries: 2 } }));
    return { hooks, http };
  }

  it("get answers null if there is no such delivery, and its facts if there is", async () => {
    const { hooks } = await openOne();
    expect(await value(hooks.deliveries.get("unknown"))).toBeNull();
    const { deliveryId, messageId } = await publish(hooks);
    const at = "2030-01-01T00:00:00.000Z";
    expect(await value(hooks.deliveries.get(deliveryId))).toEqual({
      ...{ deliveryId, messageId, event, webhookId: "w", tenantId: "", state: "pending", attempts: 0 },
      ...{ nextAttemptAt: at, createdAt: at, updatedAt: at, cancellationReason: null },
    });
  });

  it("attempts answers each attempt with its outcome, answer and next time, over all rounds", async () => {
    const { hooks } = await openOne((before) => (before < 3 ? { statusCode: 500, body: `no ${before}` } : 201));
    const { deliveryId } = await publish(hooks);
    expect(await value(hooks.deliveries.attempts(deliveryId))).toEqual([]);
    await value(hooks.worker().runUntilIdle());
    await value(hooks.deliveries.redeliver(deliveryId));
    await value(hooks.worker().runUntilIdle());
    const failed = (at: string, attempt: number, retryAt: string | null) => ({
      ...{ attempt, at, retryAt, outcome: "failed", durationMs: 0, statusCode: 500, response: `no ${attempt - 1}` },
      failure: { kind: "status", statusCode: 500 },
    });
    const [zero, one, two] = ["2030-01-01T00:00:00.000Z", "2030-01-01T00:00:01.000Z", "2030-01-01T00:00:02.000Z"];
    expect(await value(hooks.deliveries.attempts(deliveryId))).toEqual([
      failed(zero, 1, one),
      failed(one, 2, null),
      failed(one, 3, two),
      {
        attempt: 4,
        at: two,
        outcome: "delivered",
        durationMs: 0,
        statusCode: 201,
        failure: null,
        response: null,
        retryAt: null,
      },
    ]);
  });

  it("attemptsOf answers for many what attempts answers for each, and leaves out what does not exist", async () => {
    const { hooks } = await openOne((before) => (before === 1 ? 204 : { statusCode: 500, body: `no ${before}` }));
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      ids.push((await publish(hooks)).deliveryId);
      if (n < 2) await value(hooks.worker().runUntilIdle());
    }
    const all = await value(hooks.deliveries.attemptsOf([...ids, ...ids, "unknown"]));
    expect([...all.keys()]).toEqual(ids);
    for (const id of ids) expect(all.get(id)).toEqual(await value(hooks.deliveries.attempts(id)));
    expect([...all.values()].map((attempts) => attempts.map(({ statusCode }) => statusCode))).toEqual([
      [500, 204],
      [500, 500],
      [],
    ]);
    expect(await value(hooks.deliveries.attemptsOf([]))).toEqual(new Map());
  });

  it("list pages through everything in the order of scheduling, however small the page", async () => {
    const { hooks } = await openOne(204);
    const all: string[] = [];
    for (let time = 0; time < 7; time += 1) all.push((await publish(hooks)).deliveryId);
    for (const limit of [1, 2, 3, 7, 8]) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await value(hooks.deliveries.list({ limit, after }));
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map(({ deliveryId }) => deliveryId));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(all);
    }
  });

  it("list filters by state, webhook and message, alone and together, also across pages", async () => {
    const { hooks } = await openOne((before) => (before % 2 === 0 ? 204 : 400));
    await value(hooks.webhooks.update("w", { retryConfig: { maxRetries: 1 } }));
    await value(hooks.webhooks.register({ webhookId: "x", url, events: [event], retryConfig: { maxRetries: 1 } }));
    const first = await publish(hooks);
    await value(hooks.worker({ concurrency: 1 }).runUntilIdle());
    await publish(hooks);
    const list = async (filter: Parameters<MemoryHooks["deliveries"]["list"]>[0]) =>
      (await value(hooks.deliveries.list(filter))).items.map(({ webhookId, state }) => `${webhookId} ${state}`);
    expect(await list({})).toEqual(["w delivered", "x exhausted", "w pending", "x pending"]);
    expect(await list({ webhookId: "w" })).toEqual(["w delivered", "w pending"]);
    expect(await list({ state: "pending" })).toEqual(["w pending", "x pending"]);
    expect(await list({ messageId: first.messageId })).toEqual(["w delivered", "x exhausted"]);
    expect(await list({ messageId: first.messageId, webhookId: "x", state: "exhausted" })).toEqual(["x exhausted"]);
    expect(await list({ state: "cancelled" })).toEqual([]);
    const { next } = await value(hooks.deliveries.list({ webhookId: "x", limit: 1 }));
    expect(await list({ webhookId: "x", after: next })).toEqual(["x pending"]);
  });

  it("list asks the storage for no states if all are named: those would be sought one by one", async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const storage = wrapStorage(create(), ({ deliveries }) => ({
      deliveries: { ...deliveries, list: (filter) => (asked.push(filter.states), deliveries.list(filter)) },
    }));
    const hooks = await openHooks({ storage });
    const all = ["cancelled", "delivered", "exhausted", "pending"] as const;
    for (const state of [all, [...all, ...all], all.slice(1)]) await value(hooks.deliveries.list({ state }));
    expect(asked).toEqual([undefined, undefined, all.slice(1)]);
  });

  it("redeliver gives all attempts again if exhausted, does nothing if pending, is refused if delivered", async () => {
    const { hooks, http } = await openOne((before) => (before < 3 ? 500 : 204));
    const { deliveryId } = await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
      state: "exhausted",
      attempts: 2,
      nextAttemptAt: null,
    });
    for (let time = 0; time < 2; time += 1) {
      expect(await value(hooks.deliveries.redeliver(deliveryId))).toMatchObject({ state: "pending", attempts: 2 });
    }
    expect((await readLedger(hooks)).filter(({ type }) => type === "RedeliveryRequested")).toHaveLength(1);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "delivered", attempts: 4 });
    expect(await failure(hooks.deliveries.redeliver(deliveryId))).toMatchObject({
      type: "DeliveryAlreadyDelivered",
      deliveryId,
    });
    expect(http.requests).toHaveLength(4);
    expect(new Set(http.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("redeliver wakes a worker that is waiting", async () => {
    const { hooks, http } = await openOne((before) => (before < 2 ? 500 : 204));
    const { deliveryId } = await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(async () =>
      expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "exhausted" }),
    );
    await value(hooks.deliveries.redeliver(deliveryId));
    await vi.waitFor(() => expect(http.requests).toHaveLength(3));
  });

  it("redeliver is refused while the webhook is not active, and once it is deleted", async () => {
    const { hooks } = await openOne();
    const { deliveryId } = await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    await value(hooks.webhooks.update("w", { active: false }));
    expect(await failure(hooks.deliveries.redeliver(deliveryId))).toMatchObject({
      type: "WebhookInactive",
      webhookId: "w",
    });
    await value(hooks.webhooks.delete("w"));
    expect(await failure(hooks.deliveries.redeliver(deliveryId))).toMatchObject({
      type: "WebhookNotFound",
      webhookId: "w",
    });
  });

  it("cancel gives up a pending delivery, leaves one that has ended, and can be undone by redeliver", async () => {
    const { hooks, http } = await openOne(204);
    const { deliveryId } = await publish(hooks);
    for (let time = 0; time < 2; time += 1) {
      expect(await value(hooks.deliveries.cancel(deliveryId))).toMatchObject({
        state: "cancelled",
        cancellationReason: "operator",
      });
    }
    expect((await value(hooks.ledger.readStream(`delivery-${deliveryId}`))).map(({ type }) => type)).toEqual([
      "DeliveryScheduled",
      "DeliveryCancelled",
    ]);
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toEqual([]);
    expect(await value(hooks.deliveries.redeliver(deliveryId))).toMatchObject({
      state: "pending",
      cancellationReason: null,
    });
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.cancel(deliveryId))).toMatchObject({ state: "delivered", attempts: 1 });
  });

  it.each([
    ["deactivated", "webhook-deactivated"],
    ["deleted", "webhook-deleted"],
  ] as const)(
    "a webhook that is %s has all its pending deliveries cancelled, and no other webhook's",
    async (how, reason) => {
      const { hooks, http } = await openOne(204);
      await value(hooks.webhooks.register({ webhookId: "x", url, events: [event] }));
      for (let time = 0; time < 120; time += 1) await publish(hooks);
      if (how === "deleted") await value(hooks.webhooks.delete("w"));
      else await value(hooks.webhooks.update("w", { active: false }));
      const { items } = await value(hooks.deliveries.list({ limit: 1000 }));
      const told = items.map(
        ({ webhookId, state, cancellationReason }) => `${webhookId} ${state} ${cancellationReason ?? "-"}`,
      );
      expect(new Set(told)).toEqual(new Set([`w cancelled ${reason}`, "x pending -"]));
      expect((await value(hooks.publish({ event, payload }))).skipped).toEqual(
        how === "deleted" ? [] : [{ webhookId: "w", reason: "inactive" }],
      );
      await value(hooks.worker().runUntilIdle());
      expect(http.requests).toHaveLength(121);
    },
  );

  it("a delivery whose cancellation cannot be written is cancelled when it comes due, and is not sent", async () => {
    let broken = true;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append: (commit) => {
          const cancels = commit.streams.some(({ events }) => events.some(({ type }) => type === "DeliveryCancelled"));
          return broken && cancels ? errAsync(storageError("locked", "locked")) : writer.append(commit);
        },
      },
    }));
    const http = scriptedHttpClient();
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage, http, logger, clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const { deliveryId } = await publish(hooks);
    expect(await value(hooks.webhooks.update("w", { active: false }))).toMatchObject({ active: false });
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "pending" });
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: "warn" }));
    broken = false;
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
      state: "cancelled",
      cancellationReason: "webhook-deactivated",
    });
    expect(http.requests).toEqual([]);
  });

  it("a 2xx counts if the delivery is cancelled during its attempt, but a failure does not revive it", async () => {
    for (const [answer, state] of [
      [204, "delivered"],
      [500, "cancelled"],
    ] as const) {
      const gate = createGate<ScriptedAnswer>();
      const http = scriptedHttpClient(() => gate.opened);
      const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
      await value(hooks.webhooks.register({ url, events: [event] }));
      const { deliveryId } = await publish(hooks);
      const run = hooks.worker().runUntilIdle();
      await vi.waitFor(() => expect(http.requests).toHaveLength(1));
      await value(hooks.deliveries.cancel(deliveryId));
      gate.open(answer);
      await value(run);
      expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state });
    }
  });

  it("if a webhook changes between two attempts, the next one follows its new url and retry config", async () => {
    const clock = createFakeClock();
    const http = scriptedHttpClient(() => 500);
    const hooks = await openHooks({ storage: create(), http, clock });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const { deliveryId } = await publish(hooks);
    const run = hooks.worker().runUntilIdle();
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    await value(hooks.webhooks.update("w", { url: `${url}/new`, events: [], retryConfig: { maxRetries: 2 } }));
    clock.advance(1000);
    await value(run);
    expect(http.requests.map((request) => request.url)).toEqual([url, `${url}/new`]);
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "exhausted", attempts: 2 });
  });
});
