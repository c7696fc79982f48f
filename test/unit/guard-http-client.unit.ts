import { setImmediate } from "node:timers/promises";
import { err, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { guardHttpClient } from "../../src/application/guard-http-client.ts";
import type { HttpError, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../src/testing/recording-logger.ts";
import { createGate } from "../support/gate.ts";

const request: HttpRequest = { url: "http://127.0.0.1:9/", headers: {}, body: new Uint8Array(), timeoutSeconds: 1 };
const response: HttpResponse = { statusCode: 204, headers: {}, body: "", truncated: false };
const nothing: Result<HttpResponse, HttpError> = JSON.parse("null");

const logger = createRecordingLogger();
const settings = { userAgent: "", contentType: "", signatureHeader: "", headerPrefix: "", timeoutSeconds: 1 };

it.each([
  ["a response", ok(response)],
  ["an error", err({ type: "HttpConnectionFailed", code: null, message: "no route", cause: null } as const)],
  ["nothing", nothing],
  ["what is no promise", JSON.parse('{ "then": "later" }')],
])("what a client answers without a promise counts, and closing waits for nothing: %s", async (_what, answer) => {
  const post = vi.fn().mockReturnValue(answer);
  // The fake clock stands still, so whoever waited here would wait for ever.
  const guarded = guardHttpClient(
    { post, close: () => Promise.resolve() },
    { clock: createFakeClock(), logger, request: settings },
  );
  expect(await guarded.post(request)).toBe(answer);
  await guarded.close();
});

it("a closed client sends nothing, and answers HttpClosed", async () => {
  const post = vi.fn(() => okAsync<HttpResponse, HttpError>(response));
  const guarded = guardHttpClient(
    { post, close: () => Promise.resolve() },
    { clock: createFakeClock(), logger, request: settings },
  );
  await guarded.close();
  expect(await guarded.post(request)).toMatchObject({ error: { type: "HttpClosed" } });
  expect(post).not.toHaveBeenCalled();
});

it("the promise of a client that ends its requests at close by itself is passed on as it is", () => {
  const answer = okAsync<HttpResponse, HttpError>(response);
  const client = { endsAtClose: true, post: () => answer, close: () => Promise.resolve() };
  expect(guardHttpClient(client, { clock: createFakeClock(), logger, request: settings }).post(request)).toBe(answer);
});

it.each([kyHttpClient(), undiciHttpClient()])("hookledger's own clients end at close: $name", async (adapter) => {
  const network = createNetworkPolicy(undefined)._unsafeUnwrap();
  const client = adapter.open({ network, proxy: null });
  expect(client.endsAtClose).toBe(true);
  await client.close();
});

describe("a client that leaves a request without an answer", () => {
  async function openPost() {
    const [clock, told] = [createFakeClock(), createRecordingLogger()];
    const gate = createGate<Result<HttpResponse, HttpError>>();
    const client = { post: () => new ResultAsync(gate.opened), close: () => Promise.resolve() };
    const guarded = guardHttpClient(client, { clock, logger: told, request: settings });
    const settled = vi.fn();
    const posted = guarded.post(request);
    void posted.then(settled);
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    return { clock, told, gate, guarded, posted, settled };
  }

  it("has failed by timeout soon after the request's time, and a later answer counts for nothing", async () => {
    const { clock, told, gate, guarded, posted, settled } = await openPost();
    clock.advance(1999);
    await setImmediate();
    expect(settled).not.toHaveBeenCalled();
    clock.advance(1001);
    expect(await posted).toMatchObject({ error: { type: "HttpTimeout", timeoutSeconds: 1 } });
    expect(told.entries).toMatchObject([{ level: "error", facts: { timeoutSeconds: 1 } }]);
    gate.open(ok(response));
    await setImmediate();
    expect(settled).toHaveBeenCalledOnce();
    await guarded.close();
  });

  it("leaves no timer behind if it answers, nor if it is closed", async () => {
    const answered = await openPost();
    answered.gate.open(ok(response));
    expect(await answered.posted).toEqual(ok(response));
    await vi.waitFor(() => expect(answered.clock.sleepers()).toBe(0));
    const closed = await openPost();
    const closing = closed.guarded.close();
    await setImmediate();
    expect(closed.clock.sleepers()).toBe(2);
    closed.clock.advance(1000);
    await closing;
    expect(await closed.posted).toMatchObject({ error: { type: "HttpClosed" } });
    await vi.waitFor(() => expect(closed.clock.sleepers()).toBe(0));
    expect([...answered.told.entries, ...closed.told.entries]).toEqual([]);
  });
});
