import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, openProcess, publish, register, states } from "../../support/deliver-to.ts";
import { everyStorage, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";

describe.each(everyStorage)("a webhook with a rate limit, on $name", ({ create }) => {
  async function openLimited(rateLimitPerSecond: number, answer: (before: number) => number = () => 200) {
    const storage = create();
    const clock = createFakeClock();
    const begun: { readonly to: string; readonly at: number }[] = [];
    const beganAt = clock.now();
    const http = scriptedHttpClient(({ url }, before) => {
      begun.push({ to: url.slice(-1), at: clock.now() - beganAt });
      return answer(before);
    });
    const hooks = await openProcess(storage, clock, http);
    await register(hooks, "a", { rateLimitPerSecond });
    const timesTo = (webhookId: string) => begun.filter(({ to }) => to === webhookId).map(({ at }) => at);
    return { storage, clock, http, hooks, timesTo };
  }

  it("is sent no more than that, evenly spaced, by any number of workers; others are sent all at once", async () => {
    const { storage, clock, http, hooks, timesTo } = await openLimited(2);
    await register(hooks, "b");
    const other = await openProcess(storage, clock, http);
    const workers = [hooks.worker(), other.worker()];
    for (const worker of workers) await value(worker.start());
    await publish(hooks, 5);
    await vi.waitFor(() => expect(timesTo("b")).toEqual([0, 0, 0, 0, 0]));
    for (let sent = 1; sent <= 5; sent += 1) {
      await vi.waitFor(async () => expect(await states(hooks, "a")).toMatchObject({ delivered: sent }));
      clock.advance(499);
      await promisesSettled();
      clock.advance(1);
    }
    expect(timesTo("a")).toEqual([0, 500, 1000, 1500, 2000]);
    for (const worker of workers) await value(worker.stop());
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  });

  it("has its retries counted, and nothing uses up an attempt by waiting", async () => {
    const { clock, hooks, timesTo } = await openLimited(0.5, (before) => (before === 0 ? 500 : 200));
    const worker = hooks.worker();
    await value(worker.start());
    const [first = "", second = ""] = await publish(hooks, 2);
    const attempts = async (...counts: readonly number[]) => {
      const made = [first, second].map(async (id) => (await value(hooks.deliveries.get(id)))?.attempts);
      expect(await Promise.all(made)).toEqual(counts);
    };
    await vi.waitFor(() => attempts(1, 0));
    clock.advance(2000);
    await vi.waitFor(() => attempts(1, 1));
    clock.advance(2000);
    await vi.waitFor(() => attempts(2, 1));
    expect(timesTo("a")).toEqual([0, 2000, 4000]);
    await value(worker.stop());
  });

  it("lets dispatch wait as well", async () => {
    const { clock, hooks, timesTo } = await openLimited(4);
    const outcomes = [1, 2, 3].map((n) => hooks.dispatch({ event, payload: { n } }));
    for (let sent = 1; sent <= 3; sent += 1) {
      await vi.waitFor(async () => expect(await states(hooks)).toMatchObject({ delivered: sent }));
      clock.advance(250);
    }
    for (const outcome of outcomes) expect(await value(outcome)).toMatchObject([{ success: true }]);
    expect(timesTo("a")).toEqual([0, 250, 500]);
  });

  it("shows its limit and until when the rest waits; the limit can be changed and removed while it is sent to", async () => {
    const { clock, hooks } = await openLimited(1);
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ rateLimitPerSecond: 1 });
    expect(await value(hooks.webhooks.listAll())).toMatchObject({ items: [{ rateLimitPerSecond: 1 }] });
    const worker = hooks.worker();
    await value(worker.start());
    await publish(hooks, 30);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1, pending: 29 }));
    const pausedUntil = new Date(clock.now() + 1000).toISOString();
    expect(await value(hooks.webhooks.health("a"))).toMatchObject({ pausedUntil, pending: 29, dueSince: null });
    await value(hooks.webhooks.update("a", { rateLimitPerSecond: 20, actor: "ops" }));
    clock.advance(1000);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 3, pending: 27 }));
    await value(hooks.webhooks.update("a", { rateLimitPerSecond: null }));
    clock.advance(100);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 30 }));
    expect((await value(hooks.webhooks.history("a"))).slice(1)).toMatchObject([
      { type: "WebhookRateLimitChanged", data: { rateLimitPerSecond: 20 }, metadata: { actor: "ops" } },
      { type: "WebhookRateLimitChanged", data: { rateLimitPerSecond: null } },
    ]);
    await value(worker.stop());
  });
});
