import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("a worker that was held up past its lease, on $name", ({ create }) => {
  it.each(["claim", "webhook"] as const)(
    "by its %s, begins no attempt, and the other worker makes the only one",
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
        ...(by === "webhook" && { webhooks: { ...webhooks, get: (webhookId) => hold(webhooks.get(webhookId)) } }),
      }));
      const [late, prompt] = [scriptedHttpClient(), scriptedHttpClient()];
      const two = await openProcess(storage, clock, prompt);
      await register(two, "a");
      await publish(two);
      const one = await openProcess(sluggish, clock, late);
      const first = one.worker({ leaseSeconds: 30, concurrency: 1 });
      await value(first.start());
      await vi.waitFor(async () => expect(holdUps).toBe(1));
      await promisesSettled();
      clock.advance(30_000);
      const second = two.worker({ leaseSeconds: 30 });
      await value(second.start());
      await vi.waitFor(async () => expect(await states(two)).toEqual({ delivered: 1 }));
      await value(second.stop());
      held.open(undefined);
      // Stopped at once, it would begin no attempt anyway. It goes on, and its only slot is free for the next one.
      await publish(one);
      await vi.waitFor(async () => expect(await states(two)).toEqual({ delivered: 2 }));
      await value(first.stop());
      expect([late.requests.length, prompt.requests.length]).toEqual([1, 1]);
    },
  );
});
