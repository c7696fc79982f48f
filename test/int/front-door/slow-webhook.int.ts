import { expect, describe, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { event, register, states, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";

const messages = (count: number) => Array.from({ length: count }, (_, time) => ({ event, payload: { time } }) as const);

/** Publishes to this webhook only. */
async function publishTo(hooks: MemoryHooks, webhookId: string, count: number): Promise<void> {
  await value(hooks.webhooks.update(webhookId, { events: [event] }));
  await value(hooks.publishMany(messages(count)));
  await value(hooks.webhooks.update(webhookId, { events: [] }));
}

describe.each(storages)("a slow webhook does not take every slot of a worker, on $name", ({ create }) => {
  it.each([
    [{ concurrency: 8, perWebhookConcurrency: 4 }, 500, 4],
    // The other webhook has one slot, so there is a commit for each of its messages.
    [{ concurrency: 17 }, 100, 16],
    [{}, 500, 16],
  ])(
    "with %j the other's %i messages are all delivered while %i of the slow one's are under way",
    async (options, others, most) => {
      const never = createGate<ScriptedAnswer>();
      const http = scriptedHttpClient(({ url }) => (url === urlOf("slow") ? never.opened : 204));
      const clock = createFakeClock();
      const hooks = await openHooks({ storage: create(), clock, http });
      await register(hooks, "slow", { events: [] });
      await register(hooks, "quick", { events: [] });
      await publishTo(hooks, "slow", 100);
      await publishTo(hooks, "quick", others);
      const worker = hooks.worker(options);
      await value(worker.start());
      await vi.waitFor(async () => expect(await states(hooks, "quick")).toEqual({ delivered: others }));
      expect(await states(hooks, "slow")).toEqual({ pending: 100 });
      expect(http.requests.filter(({ url }) => url === urlOf("slow"))).toHaveLength(most);
      expect(http.requests).toHaveLength(others + most);
      never.open(204);
      await vi.waitFor(async () => expect(await states(hooks, "slow")).toEqual({ delivered: 100 }));
      await value(worker.stop());
    },
  );

  it("each of several slow webhooks has its share, and what is published later to another is delivered", async () => {
    const never = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(({ url }) => (url === urlOf("quick") ? 204 : never.opened));
    const hooks = await openHooks({ storage: create(), clock: createFakeClock(), http });
    for (const webhookId of ["slow-1", "slow-2", "slow-3"]) await register(hooks, webhookId);
    await value(hooks.publishMany(messages(50)));
    const worker = hooks.worker({ concurrency: 10, perWebhookConcurrency: 3 });
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(9));
    await register(hooks, "quick", { events: [] });
    for (const webhookId of ["slow-1", "slow-2", "slow-3"])
      await value(hooks.webhooks.update(webhookId, { events: [] }));
    await publishTo(hooks, "quick", 20);
    await vi.waitFor(async () => expect(await states(hooks, "quick")).toEqual({ delivered: 20 }));
    expect(http.requests).toHaveLength(29);
    never.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 170 }));
    await value(worker.stop());
  });
});
