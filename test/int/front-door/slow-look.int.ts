import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createGate, type Gate } from "../../support/gate.ts";
import { event, publish, register } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** Each look at when something is due answers once its gate is open. */
function slowLook(adapter: StorageAdapter, gates: Gate<null>[]): StorageAdapter {
  return wrapStorage(adapter, ({ queue }) => ({
    queue: {
      ...queue,
      nextDueAt: (scope) => {
        const gate = createGate<null>();
        gates.push(gate);
        return queue.nextDueAt(scope).andThen((due) => ResultAsync.fromSafePromise(gate.opened).map(() => due));
      },
    },
  }));
}

describe.each(storages)("while a worker asks when something is due, on $name", ({ create }) => {
  it("a slot of a full webhook that becomes free is used at once", async () => {
    const gates: Gate<null>[] = [];
    const answers: Gate<number>[] = [];
    const http = scriptedHttpClient(() => {
      const answer = createGate<number>();
      answers.push(answer);
      return answer.opened;
    });
    const hooks = await openHooks({ storage: slowLook(create(), gates), http, clock: createFakeClock() });
    await register(hooks, "a");
    await publish(hooks, 2);
    await value(hooks.worker({ perWebhookConcurrency: 1 }).start());
    await vi.waitFor(() => expect([answers.length, gates.length]).toEqual([1, 1]));
    answers[0]?.open(204);
    await vi.waitFor(async () =>
      expect((await value(hooks.deliveries.list({ state: "delivered" }))).items).toHaveLength(1),
    );
    gates[0]?.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.open(204);
    for (let turn = 0; turn < 20; turn += 1) {
      await promisesSettled();
      for (const gate of gates) gate.open(null);
    }
  });

  it("runUntilIdle sees at once that what it waited for is settled", async () => {
    const gates: Gate<null>[] = [];
    const answer = createGate<number>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage: slowLook(create(), gates), http, clock: createFakeClock() });
    await register(hooks, "a");
    await value(hooks.publish({ event, payload: {} }));
    const idle = value(hooks.worker().runUntilIdle());
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    answer.open(204);
    await vi.waitFor(async () =>
      expect((await value(hooks.deliveries.list({ state: "delivered" }))).items).toHaveLength(1),
    );
    gates[0]?.open(null);
    await vi.waitFor(() => expect(gates).toHaveLength(2));
    gates[1]?.open(null);
    await idle;
  });
});
