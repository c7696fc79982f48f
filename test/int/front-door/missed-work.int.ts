import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register } from "../../support/deliver-to.ts";
import { countOf } from "../../support/exhausted.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("a worker whose claims do not find what is due, on $name", ({ create }) => {
  it("looks again soon, and ever less often, until they do", async () => {
    const clock = createFakeClock({ autoAdvance: true });
    const heldUntil = clock.now() + 10_000;
    const claimedAt: number[] = [];
    // Like a transaction that has the rows locked.
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        claim: (ask, found) => {
          claimedAt.push(clock.now());
          return queue.claim(() => (clock.now() < heldUntil ? { ...ask(), limit: 0 } : ask()), found);
        },
      },
    }));
    const hooks = await openHooks({ storage, clock, http: scriptedHttpClient() });
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "delivered" });
    const [first = 0, second = 0, third = 0] = claimedAt;
    expect([second - first, third - second]).toEqual([1, 2]);
    expect(claimedAt.length).toBeLessThan(120);
    expect(clock.now() - heldUntil).toBeLessThanOrEqual(100);
    await value(hooks.close());
  });

  it("looks again at once for what fell due after the claim's time", async () => {
    const clock = createFakeClock();
    let meanwhile = () => {};
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        nextDueAt(about) {
          meanwhile();
          return queue.nextDueAt(about);
        },
      },
    }));
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : 204));
    const hooks = await openHooks({ storage, clock, http });
    await register(hooks, "a", { retryConfig: { scheduleSeconds: [0, 60] } });
    await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(async () => expect((await countOf(hooks, "DeliveryAttemptFailed")).size).toBe(1));
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    meanwhile = () => {
      meanwhile = () => {};
      clock.advance(60_000);
    };
    // Wakes the worker, which finds nothing due yet.
    await value(hooks.publish({ event: "memory.forgotten", payload: {} }));
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await value(hooks.close());
  });
});
