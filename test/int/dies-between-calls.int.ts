import type { ResultAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { readAccount } from "../support/account.ts";
import {
  createWorld,
  during,
  dying,
  event,
  expectOrder,
  MAX_RETRIES,
  receiver,
  register,
  worker,
} from "../support/lives.ts";
import { walkDeaths } from "../support/mortal.ts";
import { storages, value, type MemoryHooks } from "../support/open-hooks.ts";

describe.each(storages)("a publisher that dies between any two calls to the storage, on $name", ({ create }) => {
  it.each([
    { name: "one webhook", webhookIds: ["a"], idempotencyKey: undefined },
    { name: "three webhooks", webhookIds: ["a", "b", "c"], idempotencyKey: undefined },
    { name: "one webhook, with an idempotency key", webhookIds: ["a"], idempotencyKey: "key" },
    { name: "three webhooks, with an idempotency key", webhookIds: ["a", "b", "c"], idempotencyKey: "key" },
  ])("leaves a message with all its deliveries, or nothing: $name", async ({ webhookIds, idempotencyKey }) => {
    const message = { event, payload: { memory_id: "m-1" }, idempotencyKey } as const;
    const walked = await walkDeaths(async (death) => {
      const { http, requestsTo } = receiver();
      const world = createWorld(create(), http);
      await during(world, (hooks) => register(hooks, webhookIds));
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.publish(message));
      const acknowledged = outcome?._unsafeUnwrap() ?? null;
      if (diedAt === null) expect(acknowledged).not.toBeNull();

      await during(world, async (hooks) => {
        const again = idempotencyKey === undefined ? null : await value(hooks.publish(message));
        await value(hooks.worker(worker).runUntilIdle());
        const { messages, deliveries } = await readAccount(hooks);
        const there = messages.map(({ messageId }) => messageId);
        if (acknowledged !== null) expect(there).toEqual([acknowledged.messageId]);
        if (again !== null) expect(there).toEqual([again.messageId]);
        expect(there.length).toBeLessThanOrEqual(1);
        const promised = messages.flatMap(({ matched }) => matched.map(({ deliveryId }) => deliveryId));
        expect(promised).toHaveLength(there.length * webhookIds.length);
        expect(deliveries.map(({ scheduled }) => scheduled.deliveryId).sort()).toEqual(promised.sort());
        for (const { successes } of deliveries) expect(successes).toBe(1);
        for (const webhookId of webhookIds) expect(requestsTo(webhookId)).toBe(there.length);
        await expectOrder(hooks);
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(2);
  });
});

describe.each(storages)("a worker that dies between any two calls to the storage, on $name", ({ create }) => {
  it.each([
    { name: "a success", answers: { a: [204] }, states: { a: "delivered" } },
    { name: "a failure, then a success", answers: { a: [500, 204] }, states: { a: "delivered" } },
    { name: "failures up to the last attempt", answers: { a: [500] }, states: { a: "exhausted" } },
    {
      name: "all of these at once",
      answers: { a: [204], b: [500, 204], c: [500] },
      states: { a: "delivered", b: "delivered", c: "exhausted" },
    },
  ])("leaves deliveries that another brings to their ends: $name", async ({ answers, states }) => {
    const walked = await walkDeaths(async (death) => {
      const { http, requestsTo } = receiver(answers);
      const world = createWorld(create(), http);
      await during(world, async (hooks) => {
        await register(hooks, Object.keys(states));
        await value(hooks.publish({ event, payload: { memory_id: "m-1" } }));
      });
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.worker(worker).runUntilIdle());
      outcome?._unsafeUnwrap();

      await during(world, async (hooks) => {
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        const { items } = await value(hooks.deliveries.list());
        expect(Object.fromEntries(items.map(({ webhookId, state }) => [webhookId, state]))).toEqual(states);
        for (const { webhookId, attempts, state } of items) {
          if (state === "exhausted") expect(attempts).toBe(MAX_RETRIES);
          // Every request was recorded, except perhaps the one that it died over.
          expect(requestsTo(webhookId) - attempts).toBeGreaterThanOrEqual(0);
          expect(requestsTo(webhookId) - attempts).toBeLessThanOrEqual(diedAt === null ? 0 : 1);
        }
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(6);
  });
});

describe.each(storages)("an operator who dies between any two calls to the storage, on $name", ({ create }) => {
  const changes: readonly { name: string; change: (hooks: MemoryHooks) => ResultAsync<unknown, unknown> }[] = [
    { name: "deactivating it", change: (hooks) => hooks.webhooks.update("a", { active: false }) },
    { name: "deleting it", change: (hooks) => hooks.webhooks.delete("a") },
  ];

  it.each(changes)("ends a webhook with all that is pending for it, or leaves both: $name", async ({ change }) => {
    const walked = await walkDeaths(async (death) => {
      const { http, requestsTo } = receiver();
      const world = createWorld(create(), http);
      await during(world, async (hooks) => {
        await register(hooks, ["a"]);
        for (const memory_id of ["m-1", "m-2", "m-3"]) await value(hooks.publish({ event, payload: { memory_id } }));
      });
      const { outcome, diedAt } = await dying(world, death, change);
      outcome?._unsafeUnwrap();

      await during(world, async (hooks) => {
        const isActive = (await value(hooks.webhooks.get("a")))?.active === true;
        if (diedAt === null) expect(isActive).toBe(false);
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        const { items } = await value(hooks.deliveries.list());
        expect(items.map(({ state }) => state)).toEqual(Array(3).fill(isActive ? "delivered" : "cancelled"));
        expect(requestsTo("a")).toBe(isActive ? 3 : 0);
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(6);
  });

  it("redelivers a delivery, or leaves it exhausted", async () => {
    const walked = await walkDeaths(async (death) => {
      const { http } = receiver({ a: [500, 500, 500, 204] });
      const world = createWorld(create(), http);
      const deliveryId = await during(world, async (hooks) => {
        await register(hooks, ["a"]);
        const { deliveries } = await value(hooks.publish({ event, payload: { memory_id: "m-1" } }));
        await value(hooks.worker(worker).runUntilIdle());
        return deliveries[0]?.deliveryId ?? "none";
      });
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.deliveries.redeliver(deliveryId));
      outcome?._unsafeUnwrap();

      await during(world, async (hooks) => {
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        const delivery = await value(hooks.deliveries.get(deliveryId));
        const ends = diedAt === null ? ["delivered"] : ["delivered", "exhausted"];
        expect(ends).toContain(delivery?.state);
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(4);
  });

  it("replays a page of exhausted deliveries, or leaves all of them exhausted", async () => {
    const walked = await walkDeaths(async (death) => {
      const { http } = receiver({ a: [...Array<number>(9).fill(500), 204] });
      const world = createWorld(create(), http);
      await during(world, async (hooks) => {
        await register(hooks, ["a"]);
        for (const memory_id of ["m-1", "m-2", "m-3"]) await value(hooks.publish({ event, payload: { memory_id } }));
        await value(hooks.worker(worker).runUntilIdle());
      });
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.deliveries.replay());
      outcome?._unsafeUnwrap();

      await during(world, async (hooks) => {
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        const states = (await value(hooks.deliveries.list())).items.map(({ state }) => state);
        const ends = diedAt === null ? ["delivered"] : ["delivered", "exhausted"];
        expect(ends).toContain(states[0]);
        expect(states).toEqual(Array(3).fill(states[0]));
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(4);
  });
});
