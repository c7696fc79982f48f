import { errAsync, ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate, type Gate } from "../../support/gate.ts";
import { failure, storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** A claim answers what it has found once its gate is open. */
function slowClaims(adapter: StorageAdapter, gates: Gate<null>[]): StorageAdapter {
  return wrapStorage(adapter, ({ queue }) => ({
    queue: {
      ...queue,
      claim: (ask) =>
        queue.claim(ask).andThen((found) => {
          const gate = createGate<null>();
          gates.push(gate);
          return ResultAsync.fromSafePromise(gate.opened).map(() => found);
        }),
    },
  }));
}

describe.each(storages)("while a claim is under way, on $name", ({ create }) => {
  async function claiming(messages: number, options = {}) {
    const storage = create();
    const clock = createFakeClock();
    const gates: Gate<null>[] = [];
    const answers: Gate<ScriptedAnswer>[] = [];
    const http = scriptedHttpClient(() => {
      const answer = createGate<ScriptedAnswer>();
      answers.push(answer);
      return answer.opened;
    });
    const hooks = await openProcess(slowClaims(storage, gates), clock, http);
    await register(hooks, "a");
    await publish(hooks, messages);
    const worker = hooks.worker(options);
    await value(worker.start());
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    /** Lets everything through from now on. */
    const finish = async () => {
      for (let turn = 0; turn < 40; turn += 1) {
        for (const gate of gates) gate.open(null);
        for (const answer of answers) answer.open(204);
        await pass(clock, 50, 50);
      }
      expect(await states(hooks)).toEqual({ delivered: messages });
    };
    return { storage, clock, gates, http, hooks, worker, finish };
  }

  it("its worker, if stopped without waiting, sends nothing more, and others take up what it finds", async () => {
    const { storage, clock, gates, http, hooks, worker } = await claiming(2);
    await value(worker.stop({ deadlineSeconds: 0 }));
    gates[0]?.open(null);
    await pass(clock, 500);
    expect(http.requests).toEqual([]);
    const other = scriptedHttpClient();
    await value((await openProcess(storage, clock, other)).worker().runUntilIdle());
    expect(other.requests).toHaveLength(2);
    expect(await states(hooks)).toEqual({ delivered: 2 });
  });

  it("its worker, if stopped, sends nothing more, and others take up what it finds", async () => {
    const { storage, clock, gates, http, worker } = await claiming(2);
    const stopped = worker.stop();
    gates[0]?.open(null);
    await value(stopped);
    expect(http.requests).toEqual([]);
    const other = scriptedHttpClient();
    await value((await openProcess(storage, clock, other)).worker().runUntilIdle());
    expect(other.requests).toHaveLength(2);
  });

  it("its run, if stopped while the storage takes nothing back, tells of it: what it found stays leased", async () => {
    const gates: Gate<null>[] = [];
    const away = wrapStorage(create(), ({ queue }) => ({
      queue: { ...queue, release: () => errAsync(storageError("disconnected", "the server is away")) },
    }));
    const [clock, http] = [createFakeClock(), scriptedHttpClient()];
    const hooks = await openProcess(slowClaims(away, gates), clock, http);
    await register(hooks, "a");
    await publish(hooks);
    const worker = hooks.worker();
    const run = worker.runUntilIdle();
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    await value(worker.stop({ deadlineSeconds: 0 }));
    gates[0]?.open(null);
    expect(await failure(run)).toMatchObject({ type: "StorageError", reason: "disconnected" });
    expect(http.requests).toEqual([]);
  });

  it.each([{ concurrency: 2 }, { concurrency: 8, perWebhookConcurrency: 2 }])(
    "a second run of its worker finds no slot that the claim may need: %j",
    async (options) => {
      const { clock, gates, http, worker, finish } = await claiming(6, options);
      const second = worker.runUntilIdle();
      await pass(clock, 500);
      for (let turn = 0; turn < 10; turn += 1) {
        for (const gate of gates) gate.open(null);
        await pass(clock, 50, 50);
      }
      expect(http.requests).toHaveLength(2);
      await finish();
      await value(second);
    },
  );

  it("its worker, if stopped at once and started again, finds no slot that the claim may need", async () => {
    const { clock, gates, http, worker, finish } = await claiming(6, { concurrency: 2 });
    await value(worker.stop({ deadlineSeconds: 0 }));
    await value(worker.start());
    await pass(clock, 500);
    expect(gates).toHaveLength(1);
    gates[0]?.open(null);
    await vi.waitFor(() => expect(gates).toHaveLength(2));
    gates[1]?.open(null);
    await pass(clock, 50, 50);
    expect(http.requests).toHaveLength(2);
    await finish();
    expect(http.requests).toHaveLength(6);
  });
});
