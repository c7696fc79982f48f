import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { requestTo } from "./clients.ts";
import { httpReceiver, respondWith } from "./receivers.ts";

export function registerValidationCases(openClient: OpenClient): void {
  it.each([
    ["", "empty"],
    ["/path-secret", "not absolute"],
    ["http://", "without a host"],
    ["http://127.0.0.1:99999/secret", "with a port out of range"],
    ["ftp://127.0.0.1/secret", "neither http nor https"],
    ["http://user:secret@127.0.0.1/", "with a user name and a password"],
    ["http://secret@127.0.0.1/", "with a user name alone"],
    ["http://:secret@127.0.0.1/", "with a password alone"],
  ])("url %j: %s", async (url) => {
    const error = await errorOf(openClient().post(requestTo(url)));
    expect(error).toMatchObject({ type: "HttpInvalidRequest", field: "url" });
    expect(error.message).not.toContain("secret");
  });

  it.each([
    [{ "x-a": "secret\r\nx-b: 2" }, 'headers["x-a"]'],
    [{ "x-a": "secret\u0000" }, 'headers["x-a"]'],
    [{ "x-a": "secret-名前" }, 'headers["x-a"]'],
    [{ "x a": "secret" }, "headers"],
    [{ "": "secret" }, "headers"],
    [{ "x-secret\n": "1" }, "headers"],
    [{ "x-a": "1", "X-A": "secret" }, 'headers["X-A"]'],
    [{ "X-A": "1", "x-a": "secret" }, 'headers["x-a"]'],
    [{ Host: "secret.internal" }, 'headers["Host"]'],
    [{ "Content-Length": "1" }, 'headers["Content-Length"]'],
    [{ "transfer-encoding": "chunked" }, 'headers["transfer-encoding"]'],
    [{ connection: "close" }, 'headers["connection"]'],
  ])("headers %j", async (headers, field) => {
    const receiver = await httpReceiver(respondWith(200));
    const error = await errorOf(openClient().post(requestTo(receiver.url, { headers })));
    expect(error).toMatchObject({ type: "HttpInvalidRequest", field });
    expect(error.message).not.toContain("secret");
    expect(receiver.connections()).toBe(0);
  });

  it("a header's value that is no string", async () => {
    const headers: Record<string, string> = JSON.parse('{"x-a":7}');
    const error = await errorOf(openClient().post(requestTo("http://127.0.0.1:9/", { headers })));
    expect(error).toMatchObject({ type: "HttpInvalidRequest", field: 'headers["x-a"]' });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2_147_484])("timeoutSeconds %d", async (timeoutSeconds) => {
    const error = await errorOf(openClient().post(requestTo("http://127.0.0.1:9/", { timeoutSeconds })));
    expect(error).toMatchObject({ type: "HttpInvalidRequest", field: "timeoutSeconds" });
  });

  it("takes the longest timeoutSeconds that a timer can", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const post = openClient().post(requestTo(receiver.url, { timeoutSeconds: 2_147_483 }));
    expect((await valueOf(post)).statusCode).toBe(204);
  });
}
