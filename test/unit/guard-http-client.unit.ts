import { err, ok, type Result } from "neverthrow";
import { expect, it, vi } from "vitest";
import { guardHttpClient } from "../../src/application/guard-http-client.ts";
import type { HttpError, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";

const request: HttpRequest = { url: "http://127.0.0.1:9/", headers: {}, body: new Uint8Array(), timeoutSeconds: 1 };
const response: HttpResponse = { statusCode: 204, headers: {}, body: "", truncated: false };
const nothing: Result<HttpResponse, HttpError> = JSON.parse("null");

it.each([
  ["a response", ok(response)],
  ["an error", err({ type: "HttpConnectionFailed", code: null, message: "no route", cause: null } as const)],
  ["nothing", nothing],
  ["what is no promise", JSON.parse('{ "then": "later" }')],
])("a client in JavaScript that answers %s at once has answered, and leaves nothing open", async (_what, answer) => {
  const post = vi.fn().mockReturnValue(answer);
  // Its time does not pass, so that nobody waits for anything here.
  const guarded = guardHttpClient({ post, close: () => Promise.resolve() }, createFakeClock(), {
    ...{ userAgent: "", contentType: "", signatureHeader: "", headerPrefix: "" },
    timeoutSeconds: 1,
  });
  expect(await guarded.post(request)).toBe(answer);
  await guarded.close();
});
