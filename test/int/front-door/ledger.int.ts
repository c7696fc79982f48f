import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { openHooks, readLedger, storages, value } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";

describe.each(storages)("the ledger on $name", ({ create }) => {
  async function openWithHistory() {
    const http = scriptedHttpClient((_, before) => (before === 0 ? 500 : 204));
    const hooks = await openHooks({ storage: create(), http, clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
    const [result] = await value(hooks.dispatch({ event, payload: { memory_id: "m-1" } }));
    expect(result).toMatchObject({ success: true });
    await value(hooks.webhooks.update("w", { active: false }));
    return hooks;
  }

  it("readAll tells the whole story, in order, page by page", async () => {
    const hooks = await openWithHistory();
    const all = await readLedger(hooks);
    expect(all.map(({ type }) => type)).toEqual([
      "WebhookRegistered",
      "MessagePublished",
      "DeliveryScheduled",
      "DeliveryAttemptFailed",
      "DeliverySucceeded",
      "WebhookDeactivated",
    ]);
    const byOne: unknown[] = [];
    for (let after = 0; ;) {
      const [one] = await value(hooks.ledger.readAll({ after, limit: 1 }));
      if (one === undefined) break;
      expect(one.position).toBeGreaterThan(after);
      after = one.position;
      byOne.push(one);
    }
    expect(byOne).toEqual(all);
    expect(await value(hooks.ledger.readAll({ limit: 2 }))).toEqual(all.slice(0, 2));
  });

  it("readStream tells one story, by version, and nothing if there is no such stream", async () => {
    const hooks = await openWithHistory();
    const story = await value(hooks.ledger.readStream("webhook-w"));
    expect(story.map(({ type, version }) => `${version} ${type}`)).toEqual([
      "1 WebhookRegistered",
      "2 WebhookDeactivated",
    ]);
    expect(await value(hooks.webhooks.history("w"))).toEqual(story);
    expect(await value(hooks.ledger.readStream("webhook-unknown"))).toEqual([]);
  });

  it("verify finds no difference, and rebuild leaves every answer as it was", async () => {
    const hooks = await openWithHistory();
    const answers = async () => [
      await value(hooks.webhooks.list({ activeOnly: false })),
      await value(hooks.deliveries.list()),
    ];
    const before = await answers();
    const events = (await readLedger(hooks)).length;
    expect(await value(hooks.ledger.verify())).toEqual({ events, differences: [] });
    expect(await value(hooks.ledger.rebuild())).toEqual({ events });
    expect(await answers()).toEqual(before);
    expect(await value(hooks.ledger.verify())).toEqual({ events, differences: [] });
  });

  it("what was written is there for the next instance", async () => {
    const storage = create();
    const first = await openHooks({ storage });
    await value(first.webhooks.register({ webhookId: "w", url, events: [event], secret: "s" }));
    await value(first.close());
    const second = await openHooks({ storage });
    expect(await value(second.webhooks.get("w"))).toMatchObject({ secret: "s" });
  });
});
