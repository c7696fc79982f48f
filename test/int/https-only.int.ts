import { describe, expect, it } from "vitest";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";
import { newPath } from "../support/sqlite-files.ts";
import { startReceiver } from "../support/receiver.ts";

const events = ["memory.updated"] as const;
const refused = { type: "InvalidInput", field: "url", message: expect.stringContaining("network.httpsOnly") };

describe("network.httpsOnly", () => {
  it("refuses http:// at registration and update, even to an address in network.allow", async () => {
    const hooks = await openHooks({ network: { allow: ["127.0.0.0/8"], httpsOnly: true } });
    const plain = "http://127.0.0.1:9/";
    expect(await failure(hooks.webhooks.register({ url: plain, events }))).toMatchObject(refused);
    const { webhookId, url } = await value(hooks.webhooks.register({ url: "HTTPS://example.com/", events }));
    expect(await failure(hooks.webhooks.update(webhookId, { url: plain }))).toMatchObject(refused);
    expect(await value(hooks.webhooks.get(webhookId))).toMatchObject({ url });
  });

  it("sends nothing to an http:// webhook from before, whose other settings can be changed", async () => {
    const receiver = await startReceiver();
    const path = newPath();
    const before = await openHooks({ storage: sqliteStorage({ path }) });
    const { webhookId } = await value(before.webhooks.register({ url: receiver.url, events }));
    await value(before.close());

    const network = { allow: ["127.0.0.0/8"], httpsOnly: true };
    const hooks = await openHooks({ storage: sqliteStorage({ path }), network });
    await value(hooks.webhooks.update(webhookId, { retryConfig: { maxRetries: 1 } }));
    const [delivery] = await value(hooks.dispatch({ event: "memory.updated", payload: { memory_id: "m-1" } }));
    expect(delivery).toMatchObject({ success: false, error: expect.stringContaining("network.httpsOnly") });
    expect(receiver.received).toEqual([]);
  });
});
