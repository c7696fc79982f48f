import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { createGate } from "../../support/gate.ts";
import { publish, register, states } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";
import { promisesSettled } from "../../support/when-idle.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

describe.each(storages)("several runs of one worker, on $name", ({ create }) => {
  it("do not wake each other while they wait for the same attempt", async () => {
    let claims = 0;
    const storage = wrapStorage(create(), ({ queue }) => ({
      queue: {
        ...queue,
        claim: (...how) => {
          claims += 1;
          if (claims > 100) throw new Error("they claim again and again");
          return queue.claim(...how);
        },
      },
    }));
    const answer = createGate<number>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage, http, clock: createFakeClock() });
    await register(hooks, "a");
    await publish(hooks);
    const worker = hooks.worker();
    const runs = [1, 2, 3, 4].map(() => value(worker.runUntilIdle()));
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    for (let turn = 0; turn < 50; turn += 1) await promisesSettled();
    expect(claims).toBeLessThan(20);
    answer.open(204);
    await Promise.all(runs);
    await value(hooks.close());
  });

  it("that wait for the slots of an earlier one end as soon as the worker is stopped", async () => {
    const answer = createGate<number>();
    const http = scriptedHttpClient(() => answer.opened);
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock() });
    await register(hooks, "a");
    await publish(hooks, 2);
    const worker = hooks.worker({ concurrency: 1 });
    await value(worker.start());
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(worker.stop({ deadlineSeconds: 0 }));
    const run = worker.runUntilIdle();
    await promisesSettled();
    await value(worker.stop({ deadlineSeconds: 0 }));
    // No time passes, so that no poll ends it.
    await value(run);
    expect(await states(hooks)).toEqual({ pending: 2 });
    answer.open(204);
  });
});
