import { describe, expect, it, vi } from "vitest";
import type { DeliveryQueue } from "../../../src/ports/delivery-queue.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { pass, publish, register, states } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const HOUR = 3_600_000;

describe.each(storages)("a clock that was an hour ahead for a moment, on $name", ({ create }) => {
  it("leaves a retry and a pause that wait until then, and both can be ended by hand", async () => {
    const time = createFakeClock();
    let aheadMs = HOUR;
    const clock = { ...time, now: () => time.now() + aheadMs };
    const http = scriptedHttpClient((_, before) => (before === 0 ? 503 : 204));
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a");
    await value(hooks.worker().start());
    const [deliveryId = ""] = await publish(hooks);
    await vi.waitFor(async () => expect(await value(hooks.deliveries.attempts(deliveryId))).toHaveLength(1));
    aheadMs = 0;
    await pass(time, 60_000, 1000);
    expect(http.requests).toHaveLength(1);
    expect(await value(hooks.webhooks.health("a"))).toMatchObject({ pausedUntil: expect.any(String) });

    await value(hooks.webhooks.update("a", { paused: true }));
    await value(hooks.webhooks.update("a", { paused: false }));
    await value(hooks.deliveries.redeliver(deliveryId));
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    expect(http.requests).toHaveLength(2);
  });

  it("leaves the lease of a worker that died then, which a cancellation ends", async () => {
    const time = createFakeClock();
    const queues: DeliveryQueue[] = [];
    const storage = wrapStorage(create(), ({ queue }) => {
      queues.push(queue);
      return {};
    });
    const http = scriptedHttpClient(() => 204);
    const hooks = await openHooks({ storage, clock: time, http });
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    const now = time.now() + HOUR;
    const claim = { owner: "dead", now, leaseUntil: now + 60_000, limit: 1 };
    for (const queue of queues) expect(await value(queue.claim(() => claim))).toHaveLength(1);

    await value(hooks.worker().start());
    await value(hooks.deliveries.redeliver(deliveryId));
    await pass(time, 60_000, 1000);
    expect(http.requests).toEqual([]);

    await value(hooks.deliveries.cancel(deliveryId));
    await value(hooks.deliveries.redeliver(deliveryId));
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    expect(http.requests).toHaveLength(1);
  });
});
