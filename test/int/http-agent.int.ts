import type { LookupAddress } from "node:dns";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { httpReceiver, listen, respondWith } from "../../src/testing/contracts/http-client/receivers.ts";
import { createGate } from "../support/gate.ts";

const network = createNetworkPolicy({ allow: ["127.0.0.1"] })._unsafeUnwrap();

function post(url: string, headers: Readonly<Record<string, string>> = {}) {
  return { url, headers, body: Buffer.from("{}"), timeoutSeconds: 600 };
}

describe.each([kyHttpClient, undiciHttpClient])("the agent behind %o", (createClient) => {
  it("breaks off a look-up under way when it closes, even if another for the same host has failed", async () => {
    let asked = 0;
    const lookup = (_: string, __: object, callback: (error: Error, addresses: LookupAddress[]) => void) => {
      asked += 1;
      if (asked === 2) callback(new Error("no such name"), []);
    };
    const client = createClient({ lookup }).open({ network, proxy: null });
    const hanging = client.post(post("http://receiver.example/hook"));
    const failing = await client.post(post("http://receiver.example/hook"));
    expect(failing._unsafeUnwrapErr()).toMatchObject({ type: "HttpConnectionFailed", code: "ENOTFOUND" });
    await client.close();
    expect((await hanging)._unsafeUnwrapErr()).toMatchObject({ type: "HttpClosed" });
  });

  it("closes at once, even if a look-up never ends", async () => {
    const asked = createGate<undefined>();
    const client = createClient({ lookup: () => asked.open(undefined) }).open({ network, proxy: null });
    const hanging = client.post(post("http://receiver.example/hook"));
    await asked.opened;
    await client.close();
    expect((await hanging)._unsafeUnwrapErr()).toMatchObject({ type: "HttpClosed" });
  });

  it("writes nothing into the headers that it is given when it tunnels through a proxy", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const proxy = createServer();
    proxy.on("connect", (_, socket: Socket) => void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    const { port } = await listen(proxy);
    const client = createClient().open({ network, proxy: `http://127.0.0.1:${port}` });
    onTestFinished(() => client.close());
    const headers = { "content-type": "application/json" };
    expect((await client.post(post(receiver.url, headers))).isErr()).toBe(true);
    expect(headers).toEqual({ "content-type": "application/json" });
  });
});
