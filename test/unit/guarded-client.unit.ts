import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import type { Received } from "../../src/adapters/undici/exchange.ts";
import { createGuardedClient } from "../../src/adapters/undici/guarded-client.ts";
import type { HttpRequest } from "../../src/ports/http-client.ts";
import { createGate, type Gate } from "../support/gate.ts";

const network = createNetworkPolicy({ allow: ["127.0.0.1"] })._unsafeUnwrap();
const request: HttpRequest = { url: "http://127.0.0.1:9/", headers: {}, body: new Uint8Array(), timeoutSeconds: 30 };
const received: Received = { statusCode: 204, headers: {}, body: new Uint8Array(), truncated: false };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A client whose exchanges are answered by hand. */
function openClient() {
  const exchanges: { readonly answer: Gate<Received>; abandoned: number }[] = [];
  const client = createGuardedClient({ network, proxy: null }, () => {
    const exchange = { answer: createGate<Received>(), abandoned: 0 };
    exchanges.push(exchange);
    return { received: exchange.answer.opened, abandon: () => void (exchange.abandoned += 1) };
  });
  return { client, exchanges };
}

it("an exchange that is answered leaves no timer behind, and closing does not break it off", async () => {
  const { client, exchanges } = openClient();
  const posting = client.post(request);
  exchanges[0]?.answer.open(received);
  expect((await posting).isOk()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  await client.close();
  expect(exchanges).toMatchObject([{ abandoned: 0 }]);
});

it("an exchange whose time is over is broken off at that millisecond, once", async () => {
  const { client, exchanges } = openClient();
  const posting = client.post(request);
  vi.advanceTimersByTime(29_999);
  expect(exchanges).toMatchObject([{ abandoned: 0 }]);
  vi.advanceTimersByTime(1);
  expect((await posting)._unsafeUnwrapErr()).toMatchObject({ type: "HttpTimeout", timeoutSeconds: 30 });
  await client.close();
  expect(exchanges).toMatchObject([{ abandoned: 1 }]);
});

it("closing breaks off each exchange under way, once, and leaves no timer behind", async () => {
  const { client, exchanges } = openClient();
  const posting = [client.post(request), client.post(request)];
  await Promise.all([client.close(), client.close()]);
  const answers = await Promise.all(posting);
  for (const answer of answers) expect(answer._unsafeUnwrapErr()).toMatchObject({ type: "HttpClosed" });
  expect(exchanges).toMatchObject([{ abandoned: 1 }, { abandoned: 1 }]);
  expect(vi.getTimerCount()).toBe(0);
});
