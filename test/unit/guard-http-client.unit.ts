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
])("a client in JavaScript that answers %s at once has answered, and leaves nothing open", async (_what, answer) => {
  const post = vi.fn().mockReturnValue(answer);
  // Its time does not pass, so that nobody waits for anything here.
  const guarded = guardHttpClient({ post, close: () => Promise.resolve() }, createFakeClock(), settings);
  expect(await guarded.post(request)).toBe(answer);
  await guarded.close();
});

it("what is asked of a client that was closed is not sent", async () => {
  const post = vi.fn(() => okAsync<HttpResponse, HttpError>(response));
  const guarded = guardHttpClient({ post, close: () => Promise.resolve() }, createFakeClock(), settings);
  await guarded.close();
  expect(await guarded.post(request)).toMatchObject({ error: { type: "HttpClosed" } });
  expect(post).not.toHaveBeenCalled();
});

it("of a client that ends at close by itself no account is kept: its answer is handed on as it is", () => {
  const answer = okAsync<HttpResponse, HttpError>(response);
  const client = { endsAtClose: true, post: () => answer, close: () => Promise.resolve() };
  expect(guardHttpClient(client, createFakeClock(), settings).post(request)).toBe(answer);
});

it.each([kyHttpClient(), undiciHttpClient()])("hookledger's own clients are such: $name", async (adapter) => {
  const network = createNetworkPolicy(undefined)._unsafeUnwrap();
  const client = adapter.open({ network, proxy: null });
  expect(client.endsAtClose).toBe(true);
  await client.close();
});
