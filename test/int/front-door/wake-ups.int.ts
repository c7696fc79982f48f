import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

// The clock stands still in these tests, so that no poll finds what the wake-up is for.

describe.each(storages)("without waiting for its poll, on $name", ({ create }) => {
  it("a follower hands over what was published, however long its append took", async () => {
    const onDisk = createGate<undefined>();
    let asked = 0;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          asked += 1;
          return ResultAsync.fromSafePromise(onDisk.opened).andThen(() => writer.append(commit));
        },
      },
    }));
    const hooks = await openHooks({ storage, clock: createFakeClock() });
    const handed: unknown[] = [];
    const follower = await value(hooks.ledger.follow({ name: "n", onEvents: (events) => void handed.push(...events) }));
    await vi.waitFor(() => expect(follower.position()).toBe(0));
    const published = hooks.publish({ event, payload: {} });
    // The follower looks when the append is asked for, and finds nothing.
    await vi.waitFor(() => expect(asked).toBe(1));
    for (let turn = 0; turn < 20; turn += 1) await promisesSettled();
    onDisk.open(undefined);
    await value(published);
    await vi.waitFor(() => expect(handed).toHaveLength(1));
  });

  it.each<Ending>([
    ["erased", (hooks, { messageId }) => hooks.messages.erase({ messageId })],
    ["cancelled", (hooks, { deliveryId }) => hooks.deliveries.cancel(deliveryId)],
    ["cancelled with its webhook's deactivation", (hooks) => hooks.webhooks.update("a", { active: false })],
    ["cancelled with its webhook's deletion", (hooks) => hooks.webhooks.delete("a")],
  ])("a run is idle once what waits for its retry is %s", async (_what, end) => {
    const http = scriptedHttpClient(() => 500);
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await register(hooks, "a", { retryConfig: { baseDelaySeconds: 3600, maxDelaySeconds: 3600 } });
    const [deliveryId = ""] = await publish(hooks);
    const run = hooks.worker().runUntilIdle();
    const delivery = async () => value(hooks.deliveries.get(deliveryId));
    await vi.waitFor(async () => expect(await delivery()).toMatchObject({ attempts: 1 }));
    for (let turn = 0; turn < 20; turn += 1) await promisesSettled();
    const { messageId = "" } = (await delivery()) ?? {};
    await value(end(hooks, { deliveryId, messageId }));
    await value(run);
    expect(await states(hooks)).toEqual({ cancelled: 1 });
  });
});

type Ending = readonly [
  what: string,
  end: (hooks: MemoryHooks, ids: { deliveryId: string; messageId: string }) => ResultAsync<unknown, unknown>,
];
