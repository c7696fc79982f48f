import { ok, okAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { RecordedEvent } from "../../../src/index.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { event, pass } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";

describe.each(storages)("a follower behind several batches, on $name", ({ create }) => {
  /** Three events, and a follower that takes them one by one. */
  async function openBehind(onBatch: () => unknown) {
    const adapter = create();
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: adapter, clock });
    for (let times = 0; times < 3; times += 1) await value(hooks.publish({ event, payload: {} }));
    const handed: number[] = [];
    const onEvents = (events: readonly RecordedEvent[]) => {
      handed.push(...events.map(({ position }) => position));
      return onBatch();
    };
    const follower = await value(hooks.ledger.follow({ name: "n", batchSize: 1, onEvents }));
    return { adapter, clock, follower, handed };
  }

  it.each([
    ["nothing", () => undefined],
    ["an Ok", () => ok("stored")],
    ["a ResultAsync that is Ok", () => okAsync("stored")],
  ])("takes one after the other if onEvents answers %s, and no time passes between them", async (_, onBatch) => {
    const { follower, handed } = await openBehind(onBatch);
    await vi.waitFor(() => expect(follower.position()).toBe(3));
    expect(handed).toEqual([1, 2, 3]);
  });

  it("is handed nothing more while another leads, from when it could not store where it has come to", async () => {
    const [begun, working] = [createGate<undefined>(), createGate<undefined>()];
    const { adapter, clock, follower, handed } = await openBehind(() => {
      begun.open(undefined);
      return working.opened;
    });
    await begun.opened;
    const { checkpoints, close } = await value(adapter.open());
    // By another's clock, which is ahead, the lease has ended.
    const [now, until] = [clock.now() + 10_000, clock.now() + 20_000];
    expect(await value(checkpoints.lead({ name: "n", owner: "another", now, until }, 0))).toBe(0);
    working.open(undefined);
    await vi.waitFor(() => expect(follower.position()).toBeNull());
    await pass(clock, 9000);
    expect([follower.position(), handed]).toEqual([null, [1]]);
    await value(checkpoints.release("n", "another"));
    await promisesSettled();
    await pass(clock, 250);
    await vi.waitFor(() => expect(handed).toEqual([1, 1, 2, 3]));
    await value(close());
  });
});
