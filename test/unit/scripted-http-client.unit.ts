import { describe, expect, it } from "vitest";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import type { HttpRequest } from "../../src/ports/http-client.ts";
import { connectionRefused, scriptedHttpClient, timedOut, type ScriptedHttpClient } from "../../src/testing/index.ts";
import { createGate } from "../support/gate.ts";

function requestTo(url: string): HttpRequest {
  return { url, headers: { "x-a": "1" }, body: Buffer.from("{}"), timeoutSeconds: 1 };
}

const [first, second] = [requestTo("https://a.example/1"), requestTo("https://a.example/2")];
const plain = { headers: {}, body: "", truncated: false };

function opened(http: ScriptedHttpClient) {
  return http.open({ network: createNetworkPolicy()._unsafeUnwrap(), proxy: null });
}

describe("scriptedHttpClient", () => {
  it("answers 204 unless told otherwise, and remembers each request, in order", async () => {
    const http = scriptedHttpClient();
    const client = opened(http);
    expect((await client.post(first))._unsafeUnwrap()).toEqual({ statusCode: 204, ...plain });
    expect((await client.post(second)).isOk()).toBe(true);
    expect(http.requests).toEqual([first, second]);
  });

  it("asks for the answer with the request and how many came before it, and has remembered it by then", async () => {
    const told: unknown[] = [];
    const http = scriptedHttpClient((request, before) => {
      told.push([request, before, http.requests.length]);
      return 500 + before;
    });
    const client = opened(http);
    const answers = [await client.post(first), await client.post(second)];
    expect(told).toEqual([
      [first, 0, 1],
      [second, 1, 2],
    ]);
    expect(answers.map((answer) => answer._unsafeUnwrap().statusCode)).toEqual([500, 501]);
  });

  it("answers with a body, and with the headers if there are any", async () => {
    const http = scriptedHttpClient((_, before) =>
      before === 0
        ? { statusCode: 400, body: "no" }
        : { statusCode: 503, body: "later", headers: { "retry-after": "7" } },
    );
    const client = opened(http);
    expect((await client.post(first))._unsafeUnwrap()).toEqual({ ...plain, statusCode: 400, body: "no" });
    expect((await client.post(first))._unsafeUnwrap()).toEqual({
      ...plain,
      ...{ statusCode: 503, body: "later", headers: { "retry-after": "7" } },
    });
  });

  it("answers with a failure of the transport", async () => {
    const client = opened(scriptedHttpClient((_, before) => (before === 0 ? connectionRefused() : timedOut())));
    expect((await client.post(first))._unsafeUnwrapErr()).toMatchObject({
      type: "HttpConnectionFailed",
      code: "ECONNREFUSED",
    });
    expect((await client.post(first))._unsafeUnwrapErr()).toEqual({
      type: "HttpTimeout",
      timeoutSeconds: 10,
      message: "no answer within 10 s",
    });
    expect(timedOut(3)).toMatchObject({ timeoutSeconds: 3 });
  });

  it("ends the exchanges that are held open when the client is closed, and sends nothing afterwards", async () => {
    const never = createGate<number>();
    const http = scriptedHttpClient(() => never.opened);
    const client = opened(http);
    const held = client.post(first);
    await client.close();
    await client.close();
    expect((await held)._unsafeUnwrapErr()).toMatchObject({ type: "HttpClosed" });
    expect((await client.post(second))._unsafeUnwrapErr()).toMatchObject({ type: "HttpClosed" });
    expect(http.requests).toEqual([first]);
  });

  it("makes clients of which each is closed by itself", async () => {
    const http = scriptedHttpClient();
    const [one, other] = [opened(http), opened(http)];
    await one.close();
    expect((await other.post(first)).isOk()).toBe(true);
  });
});
