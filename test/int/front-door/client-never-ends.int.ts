import { ResultAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { openHookledger } from "../../../src/index.ts";
import type { HttpClient, HttpClientAdapter } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { event, openProcess, pass, publish, register, states } from "../../support/deliver-to.ts";
import { failure, openHooks, storages, value } from "../../support/open-hooks.ts";

const never = new Promise<never>(() => undefined);

it("a client that never answers fails the attempt by timeout in the end, and takes no slot for good", async () => {
  const good = scriptedHttpClient();
  let posts = 0;
  const http: HttpClientAdapter = {
    name: "forgetful",
    open(context) {
      const client = good.open(context);
      const post: HttpClient["post"] = (request) => (++posts === 1 ? new ResultAsync(never) : client.post(request));
      return { ...client, post };
    },
  };
  const hooks = await openHooks({ http, request: { timeoutSeconds: 0.01 } });
  await register(hooks, "a", { retryConfig: { baseDelaySeconds: 0.01 } });
  const [deliveryId = ""] = await publish(hooks);
  await value(hooks.worker({ concurrency: 1 }).runUntilIdle());
  expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
    { outcome: "failed", failure: { kind: "timeout", timeoutSeconds: 0.01 } },
    { outcome: "delivered" },
  ]);
});

describe.each(storages)("closing beside an HTTP client that never ends, on $name", ({ create }) => {
  async function open(close: HttpClient["close"] = () => Promise.resolve()) {
    const storage = create();
    const clock = createFakeClock();
    const post = vi.fn<HttpClient["post"]>(() => new ResultAsync(never));
    const http: HttpClientAdapter = { name: "never", open: () => ({ post, close }) };
    const network = { allow: ["127.0.0.0/8"] };
    const hooks = await value(openHookledger({ storage, clock, http, network, request: { timeoutSeconds: 0.01 } }));
    await register(hooks, "a");
    const posted = () => vi.waitFor(() => expect(post).toHaveBeenCalledOnce());
    /** Another process takes up what was under way, without waiting for a lease to end. */
    async function takenUp() {
      const prompt = scriptedHttpClient();
      const other = await openProcess(storage, clock, prompt);
      await value(other.worker().runUntilIdle());
      expect(prompt.requests).toHaveLength(1);
      expect(await states(other)).toEqual({ delivered: 1 });
    }
    return { clock, hooks, posted, takenUp };
  }

  it("stops a worker at the deadline, and gives back what was under way", async () => {
    const { clock, hooks, posted, takenUp } = await open();
    await publish(hooks);
    await value(hooks.worker().start());
    await posted();
    const closed = hooks.close();
    await pass(clock, 15_000);
    await value(closed);
    await takenUp();
  });

  it("ends a runUntilIdle too, which succeeds", async () => {
    const { clock, hooks, posted, takenUp } = await open();
    await publish(hooks);
    const run = hooks.worker().runUntilIdle();
    await posted();
    const closed = hooks.close();
    await pass(clock, 15_000);
    await value(closed);
    await value(run);
    await takenUp();
  });

  it("ends a runUntilIdle that was stopped before, and still waits for its answer", async () => {
    const { clock, hooks, posted, takenUp } = await open();
    await publish(hooks);
    const worker = hooks.worker();
    const run = worker.runUntilIdle();
    await posted();
    await value(worker.stop({ deadlineSeconds: 0 }));
    const closed = hooks.close();
    await pass(clock, 15_000);
    await value(closed);
    await value(run);
    await takenUp();
  });

  it("ends a dispatch, whose delivery stays pending", async () => {
    const { hooks, clock, posted, takenUp } = await open();
    const dispatched = hooks.dispatch({ event, payload: {} });
    await posted();
    const closed = hooks.close();
    await pass(clock, 15_000);
    await value(closed);
    expect(await failure(dispatched)).toMatchObject({ type: "StorageError", reason: "closed" });
    await takenUp();
  });

  it("does not wait for ever for the client's close, and says so; a dispatch under way ends nevertheless", async () => {
    const { hooks, clock, posted, takenUp } = await open(() => never);
    const dispatched = hooks.dispatch({ event, payload: {} });
    await posted();
    const closed = hooks.close();
    await pass(clock, 15_000);
    expect(await failure(closed)).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect(await failure(dispatched)).toMatchObject({ type: "StorageError", reason: "closed" });
    expect(await failure(hooks.webhooks.list())).toMatchObject({ type: "StorageError", reason: "closed" });
    await takenUp();
  });
});
