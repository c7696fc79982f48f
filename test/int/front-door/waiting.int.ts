import { describe, expect, it, vi } from "vitest";
import type { ReplayState } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { countOf, onceEach } from "../../support/exhausted.ts";
import { everyStorage, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";

const aDay = { scheduleSeconds: [0, 86_400] };

describe.each(everyStorage)("a delivery whose retry is a day away, on $name", ({ create }) => {
  /** A worker whose receiver is down until it is up. */
  async function openDown() {
    const receiver = { up: false };
    const clock = createFakeClock();
    const http = scriptedHttpClient(() => (receiver.up ? 204 : 500));
    const hooks = await openHooks({ storage: create(), clock, http });
    await value(hooks.worker().start());
    return { hooks, http, clock, receiver };
  }

  async function untilFailed(hooks: MemoryHooks, deliveryIds: readonly string[]): Promise<void> {
    await vi.waitFor(async () => {
      const attempts = await value(hooks.deliveries.attemptsOf(deliveryIds));
      expect([...attempts.values()].map(({ length }) => length)).toEqual(deliveryIds.map(() => 1));
    });
  }

  it("is sent at once by redeliver, with every retry before it, and once only", async () => {
    const { hooks, http, clock, receiver } = await openDown();
    await register(hooks, "w", { retryConfig: aDay });
    const [deliveryId = ""] = await publish(hooks);
    await untilFailed(hooks, [deliveryId]);
    await value(hooks.deliveries.redeliver(deliveryId));
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await vi.waitFor(async () =>
      expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
        ...{ state: "pending", attempts: 2 },
        nextAttemptAt: new Date(clock.now() + 86_400_000).toISOString(),
      }),
    );
    receiver.up = true;
    await value(hooks.deliveries.redeliver(deliveryId));
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    expect(http.requests).toHaveLength(3);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("is sent at once by a replay of what is pending, by page and by webhook; what is due already is left", async () => {
    const { hooks, http, receiver } = await openDown();
    await register(hooks, "w", { retryConfig: aDay });
    const waiting = await publish(hooks, 201);
    await untilFailed(hooks, waiting);
    await register(hooks, "x");
    for (const webhookId of ["w", "x"]) await value(hooks.webhooks.update(webhookId, { paused: true }));
    const [due = ""] = await publish(hooks);
    receiver.up = true;
    const replayed = await value(hooks.deliveries.replay({ webhookId: "w", states: ["pending"] }, { actor: "me" }));
    expect(replayed).toEqual({ examined: 202, replayed: 201 });
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(waiting));
    expect(await value(hooks.deliveries.replay({ states: ["pending"] }))).toEqual({ examined: 203, replayed: 0 });
    await value(hooks.webhooks.update("w", { paused: false }));
    await vi.waitFor(async () => expect(await states(hooks, "w")).toEqual({ delivered: 202 }));
    expect(http.requests).toHaveLength(403);
    expect((await countOf(hooks, "RedeliveryRequested")).has(due)).toBe(false);
  });

  it("is taken once by a replay beside what has ended, however the two lie in its pages", async () => {
    const { hooks } = await openDown();
    await register(hooks, "w", { retryConfig: aDay });
    const deliveryIds = await publish(hooks, 500);
    await untilFailed(hooks, deliveryIds);
    const isEnded = (index: number) => index % 3 === 0 || (index > 100 && index < 350);
    for (const [index, deliveryId] of deliveryIds.entries()) {
      if (isEnded(index)) await value(hooks.deliveries.cancel(deliveryId));
    }
    await value(hooks.webhooks.update("w", { paused: true }));
    const replayed = await value(hooks.deliveries.replay({ states: ["pending", "cancelled"] }));
    expect(replayed).toEqual({ examined: 500, replayed: 500 });
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(deliveryIds));
  });

  it.each<readonly [states: readonly ReplayState[] | undefined, replayed: readonly string[]]>([
    [undefined, ["cancelled"]],
    [["cancelled"], ["cancelled"]],
    [["pending"], ["waiting"]],
    [
      ["pending", "cancelled"],
      ["waiting", "cancelled"],
    ],
  ])("is taken by a replay of the states %j only if they name it, and by a tenant's too", async (named, replayed) => {
    const { hooks } = await openDown();
    const acme = hooks.tenant("acme");
    await value(acme.webhooks.register({ url: "http://127.0.0.1:9/w", events: ["*"], retryConfig: aDay }));
    const ids: string[] = [];
    for (const time of [1, 2]) {
      const { deliveries } = await value(acme.publish({ event: "memory.updated", payload: { time } }));
      ids.push(...deliveries.map(({ deliveryId }) => deliveryId));
    }
    await untilFailed(hooks, ids);
    const [waiting = "", cancelled = ""] = ids;
    await value(acme.deliveries.cancel(cancelled));
    const filter = named === undefined ? {} : { states: named };
    expect(await value(hooks.tenant("other").deliveries.replay(filter))).toEqual({ examined: 0, replayed: 0 });
    expect(await value(acme.deliveries.replay(filter))).toEqual({
      examined: replayed.length,
      replayed: replayed.length,
    });
    const taken = { waiting, cancelled };
    const expected = Object.entries(taken).flatMap(([name, id]) => (replayed.includes(name) ? [id] : []));
    expect(await countOf(hooks, "RedeliveryRequested")).toEqual(onceEach(expected));
  });
});
