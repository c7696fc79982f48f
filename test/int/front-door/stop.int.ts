import type { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { StopOptions } from "../../../src/application/deliveries/worker-options.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";

describe.each(storages)("stopping with a deadline, on $name", ({ create }) => {
  /** A worker with so many attempts under way, all of which are answered once `late` is opened. */
  async function underWay(attempts: number, options = {}) {
    const storage = create();
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const hanging = scriptedHttpClient(() => late.opened);
    const hooks = await openProcess(storage, clock, hanging);
    await register(hooks, "a");
    const deliveryIds = await publish(hooks, attempts);
    const worker = hooks.worker(options);
    await value(worker.start());
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(attempts));
    return { storage, clock, late, hooks, worker, deliveryIds };
  }

  /** Whether a promise is settled by now. */
  function watch(promise: ResultAsync<unknown, unknown>) {
    let settled = false;
    void promise.then(() => {
      settled = true;
    });
    return async () => {
      for (let turn = 0; turn < 5; turn += 1) await promisesSettled();
      return settled;
    };
  }

  it.each([
    [{ deadlineSeconds: 3 }, 3000],
    [{ deadlineSeconds: 0.25 }, 250],
    [{}, 15_000],
    [undefined, 15_000],
  ])("as %j resolves at the deadline, and another worker takes up at once what was under way", async (options, ms) => {
    const { storage, clock, late, worker } = await underWay(3);
    const isStopped = watch(worker.stop(options));
    await pass(clock, ms - 1);
    expect(await isStopped()).toBe(false);
    clock.advance(1);
    expect(await isStopped()).toBe(true);
    const prompt = scriptedHttpClient();
    const other = await openProcess(storage, clock, prompt);
    await value(other.worker().runUntilIdle());
    expect(prompt.requests).toHaveLength(3);
    expect(await states(other)).toEqual({ delivered: 3 });
    late.open(204);
  });

  it("of 0 seconds resolves without waiting", async () => {
    const { worker, late, hooks } = await underWay(2);
    await value(worker.stop({ deadlineSeconds: 0 }));
    expect(await states(hooks)).toEqual({ pending: 2 });
    late.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 2 }));
  });

  it("resolves before it as soon as the last outcome is recorded, and leaves no timer", async () => {
    const { worker, late, hooks, clock } = await underWay(3);
    const stopped = worker.stop({ deadlineSeconds: 3600 });
    await pass(clock, 1000);
    late.open(204);
    await value(stopped);
    expect(await states(hooks)).toEqual({ delivered: 3 });
    expect(clock.sleepers()).toBe(0);
  });

  it.each([
    [200, "delivered", 1],
    [500, "pending", 1],
  ] as const)("still records an answer %i that comes after it: %s", async (answer, state, attempts) => {
    const { worker, late, hooks, deliveryIds } = await underWay(1);
    await value(worker.stop({ deadlineSeconds: 0 }));
    late.open(answer);
    await vi.waitFor(async () =>
      expect(await value(hooks.deliveries.get(deliveryIds[0] ?? ""))).toMatchObject({ state, attempts }),
    );
  });

  it("does not count a failure that comes after it while another worker makes an attempt", async () => {
    const { storage, clock, worker, late, hooks, deliveryIds } = await underWay(1);
    await value(worker.stop({ deadlineSeconds: 0 }));
    const second = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => second.opened);
    const other = await openProcess(storage, clock, http);
    const run = other.worker().runUntilIdle();
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    late.open(500);
    await pass(clock, 1000);
    expect(await value(hooks.deliveries.get(deliveryIds[0] ?? ""))).toMatchObject({ state: "pending", attempts: 0 });
    second.open(204);
    await value(run);
    expect(await value(hooks.deliveries.get(deliveryIds[0] ?? ""))).toMatchObject({ state: "delivered", attempts: 1 });
  });

  it("counts a success that comes after it while another worker makes an attempt", async () => {
    const { storage, clock, worker, late, hooks, deliveryIds } = await underWay(1);
    await value(worker.stop({ deadlineSeconds: 0 }));
    const second = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => second.opened);
    const run = (await openProcess(storage, clock, http)).worker().runUntilIdle();
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    late.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
    second.open(500);
    await value(run);
    expect(await value(hooks.deliveries.attempts(deliveryIds[0] ?? ""))).toMatchObject([{ statusCode: 204 }]);
  });

  it("lets the worker take up what it gave back, if it is started again", async () => {
    const { worker, late, hooks, clock } = await underWay(2);
    await value(worker.stop({ deadlineSeconds: 0 }));
    await value(worker.start());
    await pass(clock, 500);
    late.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 2 }));
    await value(worker.stop());
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
    await publish(hooks);
    await value(worker.runUntilIdle());
    expect(await states(hooks)).toEqual({ delivered: 3 });
  });

  it.each<[unknown, string]>([
    [{ deadlineSeconds: -1 }, "deadlineSeconds"],
    [{ deadlineSeconds: Number.NaN }, "deadlineSeconds"],
    [{ deadlineSeconds: 86_401 }, "deadlineSeconds"],
    [{ deadlineSeconds: Infinity }, "deadlineSeconds"],
    [{ deadlineSeconds: "3" }, "deadlineSeconds"],
    [{ deadlineSeconds: null }, "deadlineSeconds"],
    [null, "options"],
    [3, "options"],
  ])("as %j is refused, and the worker goes on", async (options, field) => {
    const { worker, late, hooks } = await underWay(1);
    expect(await failure(worker.stop(options as StopOptions))).toMatchObject({ type: "InvalidInput", field });
    late.open(204);
    await publish(hooks, 2);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 3 }));
  });
});
