import { errAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { storageError } from "../../../src/ports/storage-error.ts";
import type { Storage } from "../../../src/ports/storage.ts";
import { createFakeClock, type FakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states, urlOf } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { storages, value } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

/** A lease of 30 s is renewed when half of it is over, so its end is never near. */
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

  it("is recorded even if the storage cannot take its outcome at once", async () => {
    let refusals = 3;
    const storage = wrapStorage(create(), ({ writer }) => ({
      writer: {
        append(commit) {
          const isOutcome = commit.streams.some(({ events }) =>
            events.some(({ type }) => type === "DeliverySucceeded"),
          );
          if (!isOutcome || refusals === 0) return writer.append(commit);
          refusals -= 1;
          return errAsync(storageError("locked", "refused for the test"));
        },
      },
    }));
    const clock = createFakeClock();
    const late = createGate<ScriptedAnswer>();
    const http = scriptedHttpClient(() => late.opened);
    const hooks = await openProcess(storage, clock, http);
    await register(hooks, "a");
    await publish(hooks);
    const worker = hooks.worker({ leaseSeconds: 30 });
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await pass(clock, 100_000, 500);
    late.open(204);
    await pass(clock, 2000, 100);
    expect(await states(hooks)).toEqual({ delivered: 1 });
    await value(worker.stop());
    expect(http.requests).toHaveLength(1);
  });

  it("keeps its lease while other deliveries come and go", async () => {
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

  it("keeps its lease even if the clock was set back", async () => {
    const clock = createFakeClock();
    const setBack = { by: 0 };
    const renewedUntil: number[] = [];
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        renew: (ask) =>
          queue.renew(() => {
            const renewal = ask();
            renewedUntil.push(renewal.leaseUntil);
            return renewal;
          }),
      },
    }));
    const late = createGate<ScriptedAnswer>();
    const slow = scriptedHttpClient(() => late.opened);
    const turned = { ...clock, now: () => clock.now() - setBack.by };
    const hooks = await openProcess(storage, turned, slow);
    await register(hooks, "a");
    await publish(hooks);
    await value(hooks.worker({ leaseSeconds: 30 }).start());
    await vi.waitFor(() => expect(slow.requests).toHaveLength(1));
    setBack.by = 3_600_000;
    for (const renewals of [1, 2]) {
      await pass(clock, 15_000, 500);
      await vi.waitFor(() => expect(renewedUntil).toHaveLength(renewals));
      expect(renewedUntil.at(-1)).toBeGreaterThan(turned.now() + 15_000 - 1000);
    }
    late.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 1 }));
  });

  it("keeps its lease even if the worker is stopped and started again in the middle of it", async () => {
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
