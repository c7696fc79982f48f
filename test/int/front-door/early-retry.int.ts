import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";

describe.each(storages)("a worker in the background, on $name", ({ create }) => {
  it("makes a retry when it is due, even before its next look for the work of others", async () => {
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : 204));
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a", { retryConfig: { maxRetries: 2, baseDelaySeconds: 0.2 } });
    await value(hooks.worker().start());
    const [deliveryId = ""] = await publish(hooks);
    await vi.waitFor(async () => expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ attempts: 1 }));
    // The worker asks the storage a few times now, and then sleeps.
    for (let turn = 0; turn < 50; turn += 1) await promisesSettled();
    clock.advance(199);
    await promisesSettled();
    expect(http.requests).toHaveLength(1);
    clock.advance(1);
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await value(hooks.close());
  });
});
