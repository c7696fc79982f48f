import { setImmediate } from "node:timers/promises";
import { ok, ResultAsync } from "neverthrow";
import { expect, it } from "vitest";
import { kyHttpClient } from "../../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../../src/adapters/undici/index.ts";
import type { HttpClientAdapter, HttpResponse } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { event, pass, register } from "../../support/deliver-to.ts";
import { createGate } from "../../support/gate.ts";
import { openHooks, value } from "../../support/open-hooks.ts";
import { startReceiver } from "../../support/receiver.ts";

const answer: HttpResponse = { statusCode: 204, headers: {}, body: "", truncated: false };

it("what the receiver has answered is recorded, even if the client hands it on only after it has closed", async () => {
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
  const clock = createFakeClock();
  const hooks = await openHooks({ http, clock });
  await register(hooks, "a");
  const dispatched = hooks.dispatch({ event, payload: {} });
  await posted.opened;
  const closing = hooks.close();
  await pass(clock, 15_000);
  await value(closing);
  expect(await value(dispatched)).toMatchObject([{ success: true }]);
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
