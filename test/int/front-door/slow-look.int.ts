import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createGate, type Gate } from "../../support/gate.ts";
import { event, publish, register, states } from "../../support/deliver-to.ts";
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

/** Each claim after the first answers once the gate is open. */
function slowClaim(adapter: StorageAdapter, gate: Gate<null>): { storage: StorageAdapter; claims: () => number } {
  let claims = 0;
  const storage = wrapStorage(adapter, ({ queue }) => ({
    queue: {
      ...queue,
      claim(ask) {
        claims += 1;
        const opened = claims === 1 ? Promise.resolve() : gate.opened;
        return queue.claim(ask).andThen((found) => ResultAsync.fromSafePromise(opened).map(() => found));
      },
    },
  }));
  return { storage, claims: () => claims };
}

/** A webhook with two deliveries, and each answer when the test says so. */
async function openTwo(storage: StorageAdapter) {
  const answers: Gate<number>[] = [];
  const http = scriptedHttpClient(() => {
    const answer = createGate<number>();
    answers.push(answer);
    return answer.opened;
  });
  const hooks = await openHooks({ storage, http, clock: createFakeClock() });
  await register(hooks, "a");
  await publish(hooks, 2);
  const delivered = (count: number) =>
    vi.waitFor(async () => expect(await states(hooks)).toMatchObject({ delivered: count }));
  return { answers, delivered, worker: hooks.worker({ perWebhookConcurrency: 1 }) };
}

/** Opens the looks until the one after a claim that has passed over the full webhook. */
async function lookPastFull(gates: Gate<null>[], answers: readonly unknown[]): Promise<void> {
  await vi.waitFor(() => expect([answers.length, gates.length]).toEqual([1, 1]));
  gates[0]?.open(null);
  await vi.waitFor(() => expect([answers.length, gates.length]).toEqual([1, 2]));
}

async function openAll(gates: readonly Gate<null>[]): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await promisesSettled();
    for (const gate of gates) gate.open(null);
  }
}

describe.each(storages)("while a worker asks when something is due, on $name", ({ create }) => {
  it("a slot of a full webhook that becomes free is used at once", async () => {
    const gates: Gate<null>[] = [];
    const { answers, delivered, worker } = await openTwo(slowLook(create(), gates));
    await value(worker.start());
    await lookPastFull(gates, answers);
    answers[0]?.open(204);
    await delivered(1);
    gates[1]?.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.open(204);
    await openAll(gates);
  });

  it("runUntilIdle goes on with a full webhook, even if nothing is held any more when the answer comes", async () => {
    const gates: Gate<null>[] = [];
    const { answers, delivered, worker } = await openTwo(slowLook(create(), gates));
    const idle = value(worker.runUntilIdle());
    await lookPastFull(gates, answers);
    answers[0]?.open(204);
    await delivered(1);
    gates[1]?.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.open(204);
    await delivered(2);
    await openAll(gates);
    await idle;
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

describe.each(storages)("while a claim of a worker is under way, on $name", ({ create }) => {
  it("a slot of a full webhook that becomes free is used at once", async () => {
    const gate = createGate<null>();
    const { storage, claims } = slowClaim(create(), gate);
    const { answers, delivered, worker } = await openTwo(storage);
    await value(worker.start());
    await vi.waitFor(() => expect([answers.length, claims()]).toEqual([1, 2]));
    answers[0]?.open(204);
    await delivered(1);
    gate.open(null);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.open(204);
    await delivered(2);
  });
});
