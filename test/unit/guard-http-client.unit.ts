import { err, ok, okAsync, type Result } from "neverthrow";
import { expect, it, vi } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { guardHttpClient } from "../../src/application/guard-http-client.ts";
import type { HttpError, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";

const request: HttpRequest = { url: "http://127.0.0.1:9/", headers: {}, body: new Uint8Array(), timeoutSeconds: 1 };
const response: HttpResponse = { statusCode: 204, headers: {}, body: "", truncated: false };
const nothing: Result<HttpResponse, HttpError> = JSON.parse("null");

const settings = { userAgent: "", contentType: "", signatureHeader: "", headerPrefix: "", timeoutSeconds: 1 };

it.each([
  ["a response", ok(response)],
  ["an error", err({ type: "HttpConnectionFailed", code: null, message: "no route", cause: null } as const)],
  ["nothing", nothing],
  ["what is no promise", JSON.parse('{ "then": "later" }')],
])("what a client answers without a promise counts, and closing waits for nothing: %s", async (_what, answer) => {
  const post = vi.fn().mockReturnValue(answer);
  // The fake clock stands still, so whoever waited here would wait for ever.
  const guarded = guardHttpClient({ post, close: () => Promise.resolve() }, createFakeClock(), settings);
  expect(await guarded.post(request)).toBe(answer);
  await guarded.close();
});

it("a closed client sends nothing, and answers HttpClosed", async () => {
  const post = vi.fn(() => okAsync<HttpResponse, HttpError>(response));
  const guarded = guardHttpClient({ post, close: () => Promise.resolve() }, createFakeClock(), settings);
  await guarded.close();
  expect(await guarded.post(request)).toMatchObject({ error: { type: "HttpClosed" } });
  expect(post).not.toHaveBeenCalled();
});

it("the promise of a client that ends its requests at close by itself is passed on as it is", () => {
  const answer = okAsync<HttpResponse, HttpError>(response);
  const client = { endsAtClose: true, post: () => answer, close: () => Promise.resolve() };
  expect(guardHttpClient(client, createFakeClock(), settings).post(request)).toBe(answer);
});

it.each([kyHttpClient(), undiciHttpClient()])("hookledger's own clients end at close: $name", async (adapter) => {
  const network = createNetworkPolicy(undefined)._unsafeUnwrap();
  const client = adapter.open({ network, proxy: null });
  expect(client.endsAtClose).toBe(true);
  await client.close();
});
