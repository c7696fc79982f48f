import { describe, expect, it } from "vitest";
import { createWorld, during, dying, event, expectOrder, receiver, register, worker } from "../support/lives.ts";
import { walkDeaths } from "../support/mortal.ts";
import { storages, value } from "../support/open-hooks.ts";

const payload = { memory_id: "m-1" };

describe.each(storages)("an operator who dies between any two calls to the storage, on $name", ({ create }) => {
  it("erases a message and cancels what is pending of it, or leaves both", async () => {
    const walked = await walkDeaths(async (death) => {
      const { http, requestsTo } = receiver();
      const world = createWorld(create(), http);
      const messageId = await during(world, async (hooks) => {
        await register(hooks, ["a", "b"]);
        return (await value(hooks.publish({ event, payload }))).messageId;
      });
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.messages.erase({ messageId }));
      outcome?._unsafeUnwrap();

      await during(world, async (hooks) => {
        const isErased = (await value(hooks.messages.get(messageId)))?.body === null;
        if (diedAt === null) expect(isErased).toBe(true);
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        const states = (await value(hooks.deliveries.list())).items.map(({ state }) => state);
        expect(states).toEqual(Array(2).fill(isErased ? "cancelled" : "delivered"));
        expect(requestsTo("a") + requestsTo("b")).toBe(isErased ? 0 : 2);

        await value(hooks.messages.erase({ messageId }));
        expect((await value(hooks.messages.get(messageId)))?.body).toBeNull();
        await expectOrder(hooks);
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(4);
  });

  it("resends a message once more, or not at all", async () => {
    const walked = await walkDeaths(async (death) => {
      const { http, requestsTo } = receiver();
      const world = createWorld(create(), http);
      const messageId = await during(world, async (hooks) => {
        await register(hooks, ["a"]);
        const published = await value(hooks.publish({ event, payload }));
        await value(hooks.worker(worker).runUntilIdle());
        return published.messageId;
      });
      const resending = { messageId, webhookId: "a" };
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.messages.resend(resending));
      outcome?._unsafeUnwrap();

      await during(world, async (hooks) => {
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        const states = (await value(hooks.deliveries.list({ messageId }))).items.map(({ state }) => state);
        expect(states).toEqual(Array(requestsTo("a")).fill("delivered"));
        expect(diedAt === null ? [2] : [1, 2]).toContain(states.length);
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(4);
  });

  it("prunes what has finished, or leaves the rest to the next prune, and nothing that is pending", async () => {
    const walked = await walkDeaths(async (death) => {
      const { http, requestsTo } = receiver({ b: [500, 500, 500, 204] });
      const world = createWorld(create(), http);
      const pendingId = await during(world, async (hooks) => {
        await register(hooks, ["a", "b"]);
        await value(hooks.publish({ event, payload }));
        await value(hooks.worker(worker).runUntilIdle());
        await value(hooks.deliveries.replay());
        return (await value(hooks.deliveries.list({ state: "pending" }))).items[0]?.deliveryId ?? "none";
      });
      world.clock.advance(1000);
      const finishedBefore = new Date(world.clock.now());
      const { outcome, diedAt } = await dying(world, death, (hooks) => hooks.ledger.prune({ finishedBefore }));
      if (diedAt === null) expect(outcome?._unsafeUnwrap()).toMatchObject({ deliveries: 1, messages: 0 });

      await during(world, async (hooks) => {
        expect((await value(hooks.ledger.verify())).differences).toEqual([]);
        await value(hooks.ledger.prune({ finishedBefore }));
        await value(hooks.worker(worker).runUntilIdle());
        await expectOrder(hooks);
        expect((await value(hooks.deliveries.list())).items).toMatchObject([
          { deliveryId: pendingId, webhookId: "b", state: "delivered" },
        ]);
        expect(requestsTo("b")).toBe(4);
      });
      return diedAt;
    });
    expect(walked.length).toBeGreaterThan(2);
  });
});
