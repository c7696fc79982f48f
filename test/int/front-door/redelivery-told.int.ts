import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { publish, register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("redelivering, on $name", ({ create }) => {
  it("wakes the worker even if the delivery cannot be read back", async () => {
    const broken = { now: false };
    const storage = wrapStorage(create(), ({ deliveries, writer }) => ({
      deliveries: {
        ...deliveries,
        get: (id) => (broken.now ? errAsync(storageError("disconnected", "refused for the test")) : deliveries.get(id)),
      },
      writer: {
        append: (commit) =>
          writer.append(commit).andTee(() => {
            broken.now = commit.streams.some(({ events }) => events[0]?.type === "RedeliveryRequested");
          }),
      },
    }));
    const [http, clock] = [scriptedHttpClient(), createFakeClock()];
    const hooks = await openHooks({ storage, http, clock });
    await register(hooks, "a");
    const [deliveryId = ""] = await publish(hooks);
    await value(hooks.deliveries.cancel(deliveryId));
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    expect((await hooks.deliveries.redeliver(deliveryId)).isErr()).toBe(true);
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
  });
});
