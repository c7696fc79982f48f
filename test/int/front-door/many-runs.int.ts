import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { createGate } from "../../support/gate.ts";
import { publish, register } from "../../support/deliver-to.ts";
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
});
