import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { httpReceiver, respondWith } from "../../src/testing/contracts/http-client/receivers.ts";
import { listening } from "../support/listening.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";

const event = "memory.updated";

/** A proxy on loopback that tunnels as it is asked to, and notes where to and with which credentials. */
async function openProxy() {
  const tunnels: { readonly target: string | undefined; readonly authorization: string | undefined }[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on("connect", ({ url: target, headers }, socket, head) => {
    tunnels.push({ target, authorization: headers["proxy-authorization"] });
    const { hostname, port } = new URL(`http://${target ?? ""}`);
    // Whatever a receiver is called, it is on loopback.
    const upstream = connect(Number(port), hostname === "receiver.example" ? "127.0.0.1" : hostname, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on("error", () => [socket, upstream].forEach((other) => other.destroy()));
  });
  return { port: await listening(server), tunnels };
}

describe.each([kyHttpClient, undiciHttpClient])("network.proxy, with %o", (createClient) => {
  it("tunnels every request, to a name that only the proxy knows", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const { port, tunnels } = await openProxy();
    const network = { proxy: `http://user:word@127.0.0.1:${port}` };
    const hooks = await openHooks({ http: createClient(), network });
    const url = `http://receiver.example:${receiver.port}/hook`;
    await value(hooks.webhooks.register({ url, events: [event] }));
    for (const n of [1, 2, 3]) {
      expect(await value(hooks.dispatch({ event, payload: { n } }))).toMatchObject([{ success: true }]);
    }
    expect(receiver.arrived.map(({ path }) => path)).toEqual(["/hook", "/hook", "/hook"]);
    const authorization = `Basic ${Buffer.from("user:word").toString("base64")}`;
    expect(tunnels[0]).toEqual({ target: `receiver.example:${receiver.port}`, authorization });
    expect(receiver.arrived[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  it.each([
    ["a user name alone, as a token is given", "token", "token:"],
    ["a password alone", ":word", ":word"],
    ["signs that a URL has to escape", "us%40er:w%3Ard%25", "us@er:w:rd%"],
  ])("authorizes itself to the proxy with %s", async (_, given, credentials) => {
    const receiver = await httpReceiver(respondWith(204));
    const { port, tunnels } = await openProxy();
    const hooks = await openHooks({ http: createClient(), network: { proxy: `http://${given}@127.0.0.1:${port}` } });
    const url = `http://receiver.example:${receiver.port}/hook`;
    await value(hooks.webhooks.register({ url, events: [event] }));
    await value(hooks.dispatch({ event, payload: {} }));
    expect(tunnels[0]?.authorization).toBe(`Basic ${Buffer.from(credentials).toString("base64")}`);
  });

  it("refuses a forbidden literal address as without it, and asks the proxy for nothing", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const { port, tunnels } = await openProxy();
    const hooks = await openHooks({ http: createClient(), network: { proxy: `http://127.0.0.1:${port}` } });
    const registered = hooks.webhooks.register({ url: receiver.url, events: [event] });
    expect(await failure(registered)).toMatchObject({ type: "ForbiddenAddress" });
    expect(tunnels).toEqual([]);
    expect(receiver.connections()).toBe(0);
  });

  it("fails the attempt if the proxy does not answer, and nothing goes round it", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const network = { proxy: "http://127.0.0.1:1", allow: ["127.0.0.1"] };
    const hooks = await openHooks({ http: createClient(), network });
    await value(hooks.webhooks.register({ url: receiver.url, events: [event], retryConfig: { maxRetries: 1 } }));
    expect(await value(hooks.dispatch({ event, payload: {} }))).toMatchObject([{ success: false }]);
    expect(receiver.connections()).toBe(0);
  });
});
