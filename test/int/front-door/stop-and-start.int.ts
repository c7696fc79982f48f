import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient, type ScriptedAnswer } from "../../../src/testing/scripted-http-client.ts";
import { openProcess, pass, publish, register, states } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { storages, value } from "../../support/open-hooks.ts";

describe.each(storages)("a worker that is started again while it is being stopped, on $name", ({ create }) => {
  /** One attempt was under way when the worker was told to stop, and it began another after it was started again. */
  async function startedAgain(deadlineSeconds: number) {
    const storage = create();
    const clock = createFakeClock();
    const [first, second] = [createGate<ScriptedAnswer>(), createGate<ScriptedAnswer>()];
    const http = scriptedHttpClient((_, before) => (before === 0 ? first.opened : second.opened));
    const hooks = await openProcess(storage, clock, http);
    await register(hooks, "a");
    const worker = hooks.worker();
    await value(worker.start());
    await publish(hooks);
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    const stopped = worker.stop({ deadlineSeconds });
    await value(worker.start());
    await publish(hooks);
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    return { storage, clock, hooks, stopped, first, second };
  }

  it("keeps what it has taken up since, when the deadline comes", async () => {
    const { storage, clock, hooks, stopped, first, second } = await startedAgain(3);
    await pass(clock, 3000);
    await value(stopped);
    const others = scriptedHttpClient(() => second.opened);
    const other = await openProcess(storage, clock, others);
    await value(other.worker().start());
    await pass(clock, 2000);
    expect(others.requests.length).toBeLessThan(2);
    first.open(204);
    second.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 2 }));
  });

  it("is stopped once the outcome of what was under way then is recorded, whatever it has begun since", async () => {
    const { hooks, stopped, first, second } = await startedAgain(3600);
    first.open(204);
    await value(stopped);
    expect(await states(hooks)).toEqual({ delivered: 1, pending: 1 });
    second.open(204);
    await vi.waitFor(async () => expect(await states(hooks)).toEqual({ delivered: 2 }));
  });
});
