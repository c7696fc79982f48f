import { expect, it } from "vitest";
import { errorOf } from "../results.ts";
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
    ["http://user:secret@127.0.0.1/", "with a password"],
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

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])("timeoutSeconds %d", async (timeoutSeconds) => {
    const error = await errorOf(openClient().post(requestTo("http://127.0.0.1:9/", { timeoutSeconds })));
    expect(error).toMatchObject({ type: "HttpInvalidRequest", field: "timeoutSeconds" });
  });
}
