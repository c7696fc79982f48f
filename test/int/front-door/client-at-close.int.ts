import { setImmediate } from "node:timers/promises";
import { errAsync, ok, okAsync, ResultAsync } from "neverthrow";
import { expect, it, vi } from "vitest";
import { kyHttpClient } from "../../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../../src/adapters/undici/index.ts";
import type { Signer } from "../../../src/index.ts";
import type { HttpClientAdapter, HttpResponse } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { event, register } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { failure, openHooks, value } from "../../support/open-hooks.ts";
import { startReceiver } from "../../support/receiver.ts";

const answer: HttpResponse = { statusCode: 204, headers: {}, body: "", truncated: false };

it("what the receiver has answered is recorded, though the client hands it on only after it has closed", async () => {
  const posted = createGate<null>();
  const closed = createGate<null>();
  const late = async () => {
    posted.open(null);
    await closed.opened;
    await setImmediate();
    return ok(answer);
  };
  const client = { post: () => new ResultAsync(late()), close: () => Promise.resolve(closed.open(null)) };
  const http: HttpClientAdapter = { name: "graceful", open: () => client };
  const hooks = await openHooks({ http });
  await register(hooks, "a");
  const dispatched = hooks.dispatch({ event, payload: {} });
  await posted.opened;
  await value(hooks.close());
  expect(await value(dispatched)).toMatchObject([{ success: true }]);
});

it("what is signed only after the client was closed is not sent", async () => {
  const asked = createGate<null>();
  const signature = createGate<Uint8Array>();
  const keyFor: Signer["keyFor"] = () => () => {
    asked.open(null);
    return ResultAsync.fromSafePromise(signature.opened);
  };
  const post = vi.fn(() => okAsync(answer));
  const close = () => Promise.resolve(signature.open(new Uint8Array(32)));
  const http: HttpClientAdapter = { name: "open for ever", open: () => ({ post, close }) };
  const signer: Signer = { keyFor, publicKeyOf: () => errAsync({ type: "SigningFailed", message: "has none" }) };
  const hooks = await openHooks({ http, signer });
  await register(hooks, "a");
  const dispatched = hooks.dispatch({ event, payload: {} });
  await asked.opened;
  await value(hooks.close());
  expect(await failure(dispatched)).toMatchObject({ type: "StorageError", reason: "closed" });
  expect(post).not.toHaveBeenCalled();
});

it.each([kyHttpClient, undiciHttpClient])(
  "%o is closed in real time, however fast the clock of a test is",
  async (create) => {
    const receiver = await startReceiver();
    const hooks = await openHooks({ http: create(), clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register({ url: receiver.url, events: [event] }));
    await value(hooks.dispatch({ event, payload: {} }));
    await value(hooks.close());
  },
);
