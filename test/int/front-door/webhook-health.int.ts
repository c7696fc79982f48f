import { okAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { answer, event, publish, register } from "../../support/deliver-to.ts";
import { everyStorage, failure, openHooks, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const MINUTE = 60_000;
const BEGIN = "2030-01-01T00:00:00.000Z";
const WELL = { failingSince: null, pausedUntil: null, deactivatesAt: null, pending: 0, dueSince: null };

describe.each(everyStorage)("the health of a webhook, on $name", ({ create }) => {
  /** The receivers answer by `script`, which gets the number of earlier requests. */
  async function open(script: (before: number) => ScriptedAnswer = () => 500) {
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => script(before));
    const hooks = await openHooks({ storage: create(), clock, http });
    const health = (webhookId = "a") => value(hooks.webhooks.health(webhookId));
    const attempt = async () => {
      await publish(hooks);
      await value(hooks.worker().runUntilIdle());
    };
    return { hooks, clock, http, health, attempt };
  }

  it("tells of the pause after a 503 to the millisecond, and of nothing once the webhook has recovered", async () => {
    const { hooks, clock, http, health } = await open((before) =>
      before === 0 ? answer(503, { "retry-after": "60" }) : 204,
    );
    await register(hooks, "a");
    expect(await health()).toEqual(WELL);
    await publish(hooks, 2);
    expect(await health()).toEqual({ ...WELL, pending: 2, dueSince: BEGIN });
    const worker = hooks.worker({ perWebhookConcurrency: 1 });
    await value(worker.start());
    const paused = {
      failingSince: BEGIN,
      pausedUntil: "2030-01-01T00:01:00.000Z",
      deactivatesAt: "2030-01-06T00:00:00.000Z",
      ...{ pending: 2, dueSince: null },
    };
    await vi.waitFor(async () => expect(await health()).toEqual(paused));
    await value(worker.stop());
    clock.advance(MINUTE - 1);
    expect(await health()).toEqual(paused);
    clock.advance(1);
    expect(await health()).toEqual({ ...paused, pausedUntil: null, dueSince: BEGIN });
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(3);
    expect(await health()).toEqual(WELL);
  });

  it("tells when it will be deactivated: the next failure from then on does it, and none before", async () => {
    const { hooks, clock, health, attempt } = await open();
    await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds: 600 } });
    await attempt();
    const failing = { ...WELL, failingSince: BEGIN, deactivatesAt: "2030-01-01T00:10:00.000Z" };
    expect(await health()).toEqual(failing);
    clock.advance(10 * MINUTE - 1);
    await attempt();
    expect(await health()).toEqual(failing);
    clock.advance(1);
    expect(await health()).toEqual(failing);
    await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: false });
    expect(await health()).toEqual({ ...failing, deactivatesAt: null });
    await value(hooks.webhooks.update("a", { active: true }));
    expect(await health()).toEqual(WELL);
  });

  it.each([null, 1e300])("has no such time if deactivateAfterSeconds is %s", async (deactivateAfterSeconds) => {
    const { hooks, health, attempt } = await open();
    await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds } });
    await attempt();
    expect(await health()).toEqual({ ...WELL, failingSince: BEGIN });
  });

  it("counts neither another webhook's failures nor what is pending for another", async () => {
    const { hooks, clock, health, attempt } = await open();
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    await attempt();
    await register(hooks, "b");
    clock.advance(MINUTE);
    await publish(hooks);
    await value(hooks.publish({ event, payload: {}, webhookId: "b" }));
    const dueSince = "2030-01-01T00:01:00.000Z";
    expect(await health("a")).toMatchObject({ failingSince: BEGIN, pending: 1, dueSince });
    expect(await health("b")).toEqual({ ...WELL, pending: 2, dueSince });
  });

  it("stays when its deliveries are pruned, ends with the webhook, and is not there for another tenant", async () => {
    const { hooks, clock, attempt } = await open();
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    await attempt();
    clock.advance(MINUTE);
    expect(await value(hooks.ledger.prune({ finishedBefore: new Date(clock.now()) }))).toMatchObject({ deliveries: 1 });
    const own = hooks.tenant("").webhooks;
    for (const { health } of [hooks.webhooks, own]) {
      expect(await value(health("a"))).toMatchObject({ failingSince: BEGIN, pending: 0 });
    }
    const notFound = { type: "WebhookNotFound", webhookId: "a" };
    expect(await failure(hooks.tenant("other").webhooks.health("a"))).toMatchObject(notFound);
    await value(hooks.webhooks.delete("a"));
    for (const { health } of [hooks.webhooks, own]) expect(await failure(health("a"))).toMatchObject(notFound);
    expect(await failure(hooks.webhooks.health("unknown"))).toMatchObject({ type: "WebhookNotFound" });
  });
});

it.each([
  { failingSince: -8.64e15 - 1, pausedUntil: null },
  { failingSince: null, pausedUntil: Number(2n ** 63n - 1n) },
])("the health of a webhook whose row holds an invalid date is a StorageError: %j", async (damaged) => {
  const storage = wrapStorage(memoryStorage(), ({ queue }) => ({
    queue: { ...queue, health: () => okAsync(damaged) },
  }));
  const hooks = await openHooks({ storage });
  await register(hooks, "a");
  const error = await failure(hooks.webhooks.health("a"));
  expect(error).toMatchObject({ type: "StorageError", reason: "unexpected", message: expect.stringContaining(" a ") });
});
