import { describe, expect, it } from "vitest";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { damageable } from "../../support/damageable.ts";
import { failure, openHooks, value } from "../../support/open-hooks.ts";

const event = "memory.updated";
const payload = { memory_id: "m-1" };

describe.each(damageable)("a webhook's row that cannot be read, on %s", (_name, create) => {
  async function withOneBad() {
    const { storage, run } = create();
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage, http });
    for (const webhookId of ["good", "bad"]) {
      const retryConfig = { maxRetries: 1 };
      const url = `http://127.0.0.1:9/${webhookId}`;
      await value(hooks.webhooks.register({ webhookId, url, events: [event], retryConfig }));
    }
    await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/other", events: [event], tenantId: "other" }));
    await value(hooks.publish({ event, payload }));
    await run(`update {webhooks} set retry_config = '{"oops":' where webhook_id = 'bad'`);
    const sentTo = () => http.requests.map(({ url }) => new URL(url).pathname.slice(1)).toSorted();
    return { hooks, run, sentTo };
  }

  it("is read from the ledger: its deliveries and everybody else's go on, and so do publishes", async () => {
    const { hooks, sentTo } = await withOneBad();
    expect((await value(hooks.publish({ event, payload }))).deliveries).toHaveLength(2);
    await value(hooks.worker().runUntilIdle());
    expect(sentTo()).toEqual(["bad", "bad", "good", "good"]);
    expect(await value(hooks.webhooks.list())).toMatchObject([{ webhookId: "good" }, { webhookId: "bad" }]);
    const changed = await value(hooks.webhooks.update("bad", { retryConfig: { maxRetries: 3 } }));
    expect(changed.retryConfig.maxRetries).toBe(3);
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  });

  it("fails its own attempts alone, with the reason, if its events in the ledger are damaged too", async () => {
    const { hooks, run, sentTo } = await withOneBad();
    await run(`update {events} set data = '{"oops":' where stream_id = 'webhook-bad'`);
    await value(hooks.worker().start());
    await expect.poll(sentTo).toEqual(["good"]);
    const named = { type: "StorageError", reason: "damaged", message: expect.stringContaining("bad") };
    // A tenant's webhooks are remembered until one of them changes.
    await value(hooks.webhooks.update("good", { retryConfig: { maxRetries: 2 } }));
    expect(await failure(hooks.publish({ event, payload }))).toMatchObject(named);
    expect(await failure(hooks.webhooks.get("bad"))).toMatchObject(named);
    expect((await value(hooks.publish({ event, payload, tenantId: "other" }))).deliveries).toHaveLength(1);
    await expect.poll(sentTo).toEqual(["good", "other"]);
    const { items } = await value(hooks.deliveries.list({ webhookId: "bad" }));
    const [attempt] = await value(hooks.deliveries.attempts(items[0]?.deliveryId ?? ""));
    expect(attempt?.failure).toMatchObject({ kind: "signing", message: expect.stringContaining("bad") });
  });
});
