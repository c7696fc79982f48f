import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

describe.each(storages)("a lease of which nobody says how long it is, on $name", ({ create }) => {
  it.each([
    [5, 60],
    [30, 60],
    [45, 90],
  ])("takes, if a request may take %i seconds, %i seconds", async (timeoutSeconds, leaseSeconds) => {
    const storage = create();
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => late.opened);
    const hooks = await openHooks({ storage, clock, http, request: { timeoutSeconds } });
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker().start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    const { queue } = await value(storage.open());
    expect(await value(queue.nextDueAt())).toBe(clock.now() + leaseSeconds * 1000);
    late.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
  });
});

describe.each(storages)("a lease that is shorter than the time between two looks for work, on $name", ({ create }) => {
  it.each([
    [1, 0],
    [2, 0],
    [16, 3],
  ])("is renewed at half of it, by a worker of %i slots that is woken %i times", async (concurrency, wakings) => {
    const storage = create();
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => late.opened);
    const hooks = await openHooks({ storage, clock, http, request: { timeoutSeconds: 0.5 } });
    await register(hooks, "a");
    const worker = hooks.worker({ leaseSeconds: 0.8, concurrency });
    await publish(hooks);
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    const { queue } = await value(storage.open());
    for (let time = 0; time < 30; time += 1) {
      if (time % 5 === 3 && time < 5 * wakings) await publish(hooks);
      await pass(clock, 100, 50);
      expect(await value(queue.nextDueAt())).toBeGreaterThanOrEqual(clock.now() + 300);
    }
    late.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 + wakings }));
  });
});
