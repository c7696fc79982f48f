import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import {
  connectionRefused,
  scriptedHttpClient,
  type ScriptedAnswer,
} from "../../../src/testing/scripted-http-client.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const MINUTE = 60_000;

describe.each(storages)("a webhook that does nothing but fail, on $name", ({ create }) => {
  /** One attempt for each message, answered by `script`. */
  async function openFailing(
    deactivateAfterSeconds: number | null,
    script: (before: number) => ScriptedAnswer = () => 500,
  ) {
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => script(before));
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds } });
    const worker = hooks.worker();
    const attempt = async () => {
      const [deliveryId = ""] = await publish(hooks);
      await value(worker.runUntilIdle());
      return deliveryId;
    };
    const isActive = async () => (await value(hooks.webhooks.get("a")))?.active;
    return { clock, hooks, http, attempt, isActive };
  }

  it("is deactivated at the first failure after deactivateAfterSeconds, and not before", async () => {
    const { clock, hooks, attempt, isActive } = await openFailing(600, (before) =>
      before % 2 ? 500 : connectionRefused(),
    );
    await attempt();
    clock.advance(10 * MINUTE - 1);
    await attempt();
    expect(await isActive()).toBe(true);
    clock.advance(1);
    const last = await attempt();
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: false, deactivationReason: "failing" });
    expect(await value(hooks.deliveries.get(last))).toMatchObject({ state: "exhausted" });
    expect(await states(hooks)).toEqual({ exhausted: 3 });
  });

  it("has what is pending for it cancelled when it is deactivated, retries included", async () => {
    const { clock, hooks, attempt } = await openFailing(600);
    await attempt();
    clock.advance(10 * MINUTE);
    await value(hooks.webhooks.update("a", { retryConfig: { maxRetries: 9 } }));
    await publish(hooks, 3);
    await value(hooks.worker({ perWebhookConcurrency: 1 }).runUntilIdle());
    expect(await states(hooks)).toEqual({ exhausted: 1, cancelled: 3 });
  });

  it.each([null, undefined])("with deactivateAfterSeconds %s may fail for ever, or 5 days", async (given) => {
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), clock, http: scriptedHttpClient(() => 500) });
    await register(hooks, "a", {
      retryConfig: { maxRetries: 1, ...(given === null && { deactivateAfterSeconds: given }) },
    });
    const worker = hooks.worker();
    for (let day = 0; day <= 5; day += 1) {
      expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
      await publish(hooks);
      await value(worker.runUntilIdle());
      clock.advance(24 * 60 * MINUTE);
    }
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: given === null });
  });

  it("does not begin again if it is activated while it is active", async () => {
    const { clock, hooks, attempt, isActive } = await openFailing(600);
    await attempt();
    clock.advance(9 * MINUTE);
    await value(hooks.webhooks.update("a", { active: true, events: ["memory.updated", "memory.deleted"] }));
    clock.advance(MINUTE);
    await attempt();
    expect(await isActive()).toBe(false);
  });

  it("begins again with each success", async () => {
    const { clock, attempt, isActive } = await openFailing(600, (before) => (before === 2 ? 204 : 500));
    for (let time = 0; time < 5; time += 1) {
      await attempt();
      // Attempts are 9 minutes apart: the last is 36 after the first failure, but 9 after the first since the success.
      expect(await isActive()).toBe(true);
      clock.advance(9 * MINUTE);
    }
    await attempt();
    expect(await isActive()).toBe(false);
  });

  it("begins again when it is activated again", async () => {
    const { clock, hooks, attempt, isActive } = await openFailing(600);
    await attempt();
    clock.advance(10 * MINUTE);
    await attempt();
    expect(await isActive()).toBe(false);
    clock.advance(MINUTE);
    await value(hooks.webhooks.update("a", { active: true }));
    await attempt();
    clock.advance(10 * MINUTE - 1);
    await attempt();
    expect(await isActive()).toBe(true);
    clock.advance(1);
    await attempt();
    expect(await isActive()).toBe(false);
  });

  it("is judged by the settings that it has when the attempt ends", async () => {
    const late = createGate<ScriptedAnswer>();
    const clock = createFakeClock();
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : late.opened));
    const hooks = await openHooks({ storage: create(), clock, http });
    await register(hooks, "a", { retryConfig: { maxRetries: 1, deactivateAfterSeconds: 600 } });
    await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    clock.advance(10 * MINUTE);
    await publish(hooks);
    const run = hooks.worker().runUntilIdle();
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await value(hooks.webhooks.update("a", { retryConfig: { deactivateAfterSeconds: null } }));
    late.open(500);
    await value(run);
    expect(await value(hooks.webhooks.get("a"))).toMatchObject({ active: true });
  });
});
