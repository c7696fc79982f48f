import { describe, expect, it } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { openProxy } from "../../src/testing/contracts/http-client/proxy.ts";
import { httpReceiver, respondWith } from "../../src/testing/contracts/http-client/receivers.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";

const event = "memory.updated";

describe.each([kyHttpClient, undiciHttpClient])("network.proxy, with %o", (createClient) => {
  it("tunnels every request, to a name that only the proxy knows", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const { uri, tunnels } = await openProxy(receiver.port);
    const network = { proxy: uri.replace("//", "//user:word@") };
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
    const { uri, tunnels } = await openProxy(receiver.port);
    const hooks = await openHooks({ http: createClient(), network: { proxy: uri.replace("//", `//${given}@`) } });
    const url = `http://receiver.example:${receiver.port}/hook`;
    await value(hooks.webhooks.register({ url, events: [event] }));
    await value(hooks.dispatch({ event, payload: {} }));
    expect(tunnels[0]?.authorization).toBe(`Basic ${Buffer.from(credentials).toString("base64")}`);
  });

  it("refuses a forbidden literal address as without it, and asks the proxy for nothing", async () => {
    const receiver = await httpReceiver(respondWith(204));
    const { uri, tunnels } = await openProxy(receiver.port);
    const hooks = await openHooks({ http: createClient(), network: { proxy: uri } });
    const registered = hooks.webhooks.register({ url: receiver.url, events: [event] });
    expect(await failure(registered)).toMatchObject({ type: "ForbiddenAddress" });
    expect(tunnels).toEqual([]);
    expect(receiver.connections()).toBe(0);
  });

  it.each(["http", "https"])(
    "fails the attempt if the %s proxy does not answer, and nothing goes round it",
    async (scheme) => {
      const receiver = await httpReceiver(respondWith(204));
      const network = { proxy: `${scheme}://127.0.0.1:1`, allow: ["127.0.0.1"] };
      const hooks = await openHooks({ http: createClient(), network });
      await value(hooks.webhooks.register({ url: receiver.url, events: [event], retryConfig: { maxRetries: 1 } }));
      expect(await value(hooks.dispatch({ event, payload: {} }))).toMatchObject([{ success: false }]);
      expect(receiver.connections()).toBe(0);
    },
  );
});
