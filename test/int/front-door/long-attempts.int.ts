import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { Storage } from "../../../src/ports/storage.ts";
import { createFakeClock, type FakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** A lease of 30 s is renewed when half of it is over, so that no other worker is ever near it. */
async function passRenewing({ queue }: Storage, clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await pass(clock, 1000, 500);
    expect(await value(queue.nextDueAt())).toBeGreaterThanOrEqual(clock.now() + 14_000);
  }
}

describe.each(storages)("an attempt that outlasts its lease, on $name", ({ create }) => {
  it.each([1, 2])(
    "is not made again while its worker of %i slots lives, and its outcome counts",
    async (concurrency) => {
      const storage = create();
      const clock = createFakeClock();
      const late = createGate<ScriptedAnswer>();
      const slow = scriptedHttpClient(() => late.opened);
      const other = scriptedHttpClient();
      const one = await openProcess(storage, clock, slow);
      const two = await openProcess(storage, clock, other);
      await register(one, "a");
      const [first, second] = [one.worker({ leaseSeconds: 30, concurrency }), two.worker({ leaseSeconds: 30 })];
      const [deliveryId = ""] = await publish(one);
      await value(first.start());
      await vi.waitFor(() => expect(slow.requests).toHaveLength(1));
      await value(second.start());
      await passRenewing(await value(storage.open()), clock, 200);
      expect(other.requests).toEqual([]);
      late.open(201);
      await vi.waitFor(async () => expect(await states(one)).toEqual({ delivered: 1 }));
      expect(await value(one.deliveries.attempts(deliveryId))).toMatchObject([{ statusCode: 201 }]);
      expect([...slow.requests, ...other.requests]).toHaveLength(1);
    },
  );

  it("is renewed as well while other deliveries come and go", async () => {
    const storage = create();
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const slow = scriptedHttpClient(({ url }) => (url === urlOf("slow") ? late.opened : 204));
    const other = scriptedHttpClient();
    const one = await openProcess(storage, clock, slow);
    const two = await openProcess(storage, clock, other);
    await register(one, "slow");
    await publish(one);
    const [first, second] = [one.worker({ leaseSeconds: 30 }), two.worker({ leaseSeconds: 30 })];
    await value(first.start());
    await vi.waitFor(() => expect(slow.requests).toHaveLength(1));
    await value(second.start());
    await value(one.webhooks.update("slow", { events: [] }));
    await register(one, "quick");
    for (let time = 0; time < 10; time += 1) {
      await publish(one);
      await pass(clock, 10_000, 500);
    }
    expect(other.requests.filter(({ url }) => url === urlOf("slow"))).toEqual([]);
    late.open(204);
    await vi.waitFor(async () => expect(await states(one)).toEqual({ delivered: 11 }));
  });

  it("is renewed as well where the worker was stopped and started again in the middle of it", async () => {
    const storage = create();
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const slow = scriptedHttpClient(() => late.opened);
    const other = scriptedHttpClient();
    const one = await openProcess(storage, clock, slow);
    const two = await openProcess(storage, clock, other);
    await register(one, "a");
    await publish(one);
    const worker = one.worker({ leaseSeconds: 30 });
    await value(worker.start());
    await vi.waitFor(() => expect(slow.requests).toHaveLength(1));
    await pass(clock, 14_500, 500);
    const stopped = worker.stop({ deadlineSeconds: 600 });
    await value(worker.start());
    await value(two.worker({ leaseSeconds: 30 }).start());
    await passRenewing(await value(storage.open()), clock, 60);
    expect(other.requests).toEqual([]);
    late.open(204);
    await value(stopped);
    expect(await states(one)).toEqual({ delivered: 1 });
  });
});

describe.each(storages)("a worker that was held up past its lease, on $name", ({ create }) => {
  it.each(["claim", "revision"] as const)(
    "by its %s, begins no attempt; the delivery is made once, by the other",
    async (by) => {
      const storage = create();
      const held = createGate<undefined>();
      const clock = createFakeClock();
      let holdUps = 0;
      const hold = <T, E>(answer: ResultAsync<T, E>): ResultAsync<T, E> => {
        holdUps += 1;
        return holdUps > 1
          ? answer
          : answer.andThen((found) => ResultAsync.fromSafePromise(held.opened.then(() => found)));
      };
      const sluggish = wrapStorage(storage, ({ queue, webhooks }) => ({
        ...(by === "claim" && { queue: { ...queue, claim: (ask) => hold(queue.claim(ask)) } }),
        ...(by === "revision" && { webhooks: { ...webhooks, revision: () => hold(webhooks.revision()) } }),
      }));
      const [late, prompt] = [scriptedHttpClient(), scriptedHttpClient()];
      const two = await openProcess(storage, clock, prompt);
      await register(two, "a");
      await publish(two);
      const one = await openProcess(sluggish, clock, late);
      const first = one.worker({ leaseSeconds: 30 });
      await value(first.start());
      await vi.waitFor(async () => expect(holdUps).toBe(1));
      await promisesSettled();
      clock.advance(30_000);
      const second = two.worker({ leaseSeconds: 30 });
      await value(second.start());
      await vi.waitFor(async () => expect(await states(two)).toEqual({ delivered: 1 }));
      held.open(undefined);
      await value(first.stop());
      expect([late.requests.length, prompt.requests.length]).toEqual([0, 1]);
    },
  );
});
