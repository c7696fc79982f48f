import { errAsync, ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { RecordedEvent } from "../../../src/index.ts";
import { storageError } from "../../../src/ports/storage-error.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { event, pass } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("the lease of a follower, on $name", ({ create }) => {
  /**
   * `leads` counts how often the lead was asked for; if `broken`, asking rejects. If `advanceInDoubt`, the answer to
   * the next advance is lost.
   */
  async function openCounting() {
    const state = { leads: 0, broken: false, advanceInDoubt: false };
    const storage = wrapStorage(create(), ({ checkpoints }) => ({
      checkpoints: {
        ...checkpoints,
        lead(...lead) {
          state.leads += 1;
          return state.broken ? new ResultAsync(Promise.reject(new Error("a bug"))) : checkpoints.lead(...lead);
        },
        advance(...how) {
          const isLost = state.advanceInDoubt;
          state.advanceInDoubt = false;
          const advanced = checkpoints.advance(...how);
          return isLost ? advanced.andThen(() => errAsync(storageError("in-doubt", "lost, for the test"))) : advanced;
        },
      },
    }));
    const clock = createFakeClock();
    const logger = createRecordingLogger();
    const hooks = await openHooks({ storage, clock, logger });
    const publish = () => value(hooks.publish({ event, payload: {} }));
    return { hooks, clock, logger, state, publish };
  }

  it("is renewed only when half of it has gone, if there is nothing to hand over", async () => {
    const { hooks, clock, state } = await openCounting();
    await value(hooks.ledger.follow({ name: "n", onEvents: () => undefined }));
    await pass(clock, 4750);
    expect(state.leads).toBe(1);
    await pass(clock, 500);
    expect(state.leads).toBe(2);
  });

  it("is asked for again after an error, which tells whether the batch before was stored", async () => {
    const { hooks, clock, state, publish } = await openCounting();
    const handed: number[] = [];
    const onEvents = (events: readonly RecordedEvent[]) => void handed.push(...events.map(({ position }) => position));
    const follower = await value(hooks.ledger.follow({ name: "n", onEvents }));
    await vi.waitFor(() => expect(follower.position()).toBe(0));
    state.advanceInDoubt = true;
    const { leads } = state;
    await publish();
    await vi.waitFor(() => expect(handed).toHaveLength(1));
    await pass(clock, 500);
    await vi.waitFor(() => expect([follower.position(), state.leads]).toEqual([1, leads + 1]));
    await publish();
    await vi.waitFor(() => expect(handed).toEqual([1, 2]));
  });

  it("ends by the clock that was set back, so that another can take over", async () => {
    const adapter = create();
    const fake = createFakeClock();
    const set = { backMs: 0 };
    const clock = { ...fake, now: () => fake.now() - set.backMs };
    const hooks = await openHooks({ storage: adapter, clock });
    const { checkpoints, close } = await value(adapter.open());
    const follower = await value(hooks.ledger.follow({ name: "n", onEvents: () => undefined }));
    await vi.waitFor(() => expect(follower.position()).toBe(0));
    set.backMs = 3_600_000;
    await pass(fake, 500);
    const other = (now: number) => ({ name: "n", owner: "another", now, until: now + 10_000 });
    expect(await value(checkpoints.lead(other(clock.now()), 0))).toBeNull();
    expect(await value(checkpoints.lead(other(clock.now() + 10_000), 0))).toBe(0);
    await value(close());
  });

  it("is asked for at each poll by a follower that does not lead, and not at publishes in between", async () => {
    const { hooks, clock, state, publish } = await openCounting();
    const given: unknown[] = [];
    const onEvents = (events: readonly unknown[]) => void given.push(...events);
    await value(hooks.ledger.follow({ name: "n", onEvents }));
    await publish();
    await vi.waitFor(() => expect(given).toHaveLength(1));
    await value(hooks.ledger.follow({ name: "n", onEvents }));
    await promisesSettled();
    const before = state.leads;
    for (let times = 0; times < 5; times += 1) await publish();
    await vi.waitFor(() => expect(given).toHaveLength(6));
    expect(state.leads).toBe(before);
    await pass(clock, 250);
    expect(state.leads).toBe(before + 1);
  });

  it("does not end the process if a bug keeps it from being renewed during a long batch", async () => {
    const { hooks, clock, logger, state, publish } = await openCounting();
    const [begun, working] = [createGate<undefined>(), createGate<undefined>()];
    const onEvents = () => {
      begun.open(undefined);
      return working.opened;
    };
    const follower = await value(hooks.ledger.follow({ name: "n", onEvents }));
    await publish();
    await begun.opened;
    state.broken = true;
    await pass(clock, 8000);
    state.broken = false;
    expect(logger.entries.filter(({ level }) => level === "error").length).toBeGreaterThan(1);
    working.open(undefined);
    await vi.waitFor(() => expect(follower.position()).toBe(1));
  });

  it("is lost if it ended while its process stood still, and what another has done since is not set back", async () => {
    const adapter = create();
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: adapter, clock });
    const { checkpoints, close } = await value(adapter.open());
    const [begun, working] = [createGate<undefined>(), createGate<undefined>()];
    const handed: number[] = [];
    const onEvents = (events: readonly RecordedEvent[]) => {
      handed.push(...events.map(({ position }) => position));
      begun.open(undefined);
      return working.opened;
    };
    for (let times = 0; times < 3; times += 1) await value(hooks.publish({ event, payload: {} }));
    const follower = await value(hooks.ledger.follow({ name: "n", batchSize: 1, onEvents }));
    await begun.opened;

    // The follower's clock stands still meanwhile, as in a process that is suspended.
    const [now, until] = [clock.now() + 10_000, clock.now() + 20_000];
    const other = { name: "n", owner: "another", now, until };
    expect(await value(checkpoints.lead(other, 0))).toBe(0);
    expect(await value(checkpoints.advance(other, 0, 2))).toBe(true);
    await value(checkpoints.release("n", "another"));

    await pass(clock, 5000);
    expect(follower.position()).toBeNull();
    working.open(undefined);
    await pass(clock, 500);
    await vi.waitFor(() => expect(follower.position()).toBe(3));
    expect(handed).toEqual([1, 3]);
    await value(close());
  });
});
