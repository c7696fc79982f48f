import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const event = "memory.updated";

describe.each(storages)("a waiting worker on $name", ({ create }) => {
  it("looks for work once for each publish", async () => {
    const limits: number[] = [];
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        claim: (ask) =>
          queue.claim(() => {
            const claim = ask();
            limits.push(claim.limit);
            return claim;
          }),
      },
    }));
    const hooks = await openHooks({ storage, http: scriptedHttpClient(() => 204), clock: createFakeClock() });
    await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/hooks", events: [event] }));
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(limits).toHaveLength(1));
    for (let published = 1; published <= 3; published += 1) {
      const { deliveries } = await value(hooks.publish({ event, payload: { published } }));
      const [{ deliveryId } = { deliveryId: "" }] = deliveries;
      await vi.waitFor(async () =>
        expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "delivered" }),
      );
      expect(limits, `after ${published}`).toHaveLength(1 + published);
    }
    await value(hooks.close());
  });
});
