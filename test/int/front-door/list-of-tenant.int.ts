import { describe, expect, it } from "vitest";
import type { Delivery, DeliveryListing } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { everyStorage, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const a = { tenantId: "a" };

/** Three webhooks of one tenant, one of another and one of the default, with successes and failures. */
async function openWithTenants(storage: StorageAdapter) {
  const hooks = await openHooks({ storage, http: scriptedHttpClient((_, before) => (before % 3 === 0 ? 400 : 204)) });
  const once = { maxRetries: 1 };
  for (const [tenantId, webhookIds] of [
    ["a", "a1 a2 a3"],
    ["b", "b1"],
    ["", "w"],
  ] as const) {
    for (const webhookId of webhookIds.split(" ")) {
      await value(hooks.webhooks.register({ webhookId, url, events: [event], tenantId, retryConfig: once }));
    }
  }
  for (const tenantId of ["a", "b", "a", "", "a", "b"]) await value(hooks.publish({ event, payload: {}, tenantId }));
  await value(hooks.worker({ concurrency: 1 }).runUntilIdle());
  return hooks;
}

async function walk(hooks: MemoryHooks, listing: DeliveryListing, after?: string): Promise<readonly Delivery[]> {
  const { items, next } = await value(hooks.deliveries.list({ ...listing, after }));
  return next === undefined ? items : [...items, ...(await walk(hooks, listing, next))];
}

describe.each(everyStorage)("the deliveries of a tenant, on $name", ({ create }) => {
  it("are listed across its webhooks, page by page, in either direction, without anybody else's", async () => {
    const hooks = await openWithTenants(create());
    const listings = [
      {},
      { state: "delivered" },
      { state: ["pending", "delivered"] },
      { newestFirst: true },
      { webhookId: "a2" },
    ] as const;
    for (const listing of listings) {
      const everybodys = await walk(hooks, listing);
      const own = everybodys.filter(({ tenantId }) => tenantId === "a");
      expect(own).not.toEqual([]);
      for (const limit of [1, 2, 100]) expect(await walk(hooks, { ...listing, ...a, limit })).toEqual(own);
    }
    expect(await walk(hooks, { tenantId: "" })).toMatchObject([{ webhookId: "w" }]);
    expect(await walk(hooks, { tenantId: "nobody" })).toEqual([]);
  });

  it("are listed in one state or in several", async () => {
    const hooks = await openWithTenants(create());
    await value(hooks.publish({ event, payload: {}, ...a }));
    const all = await walk(hooks, a);
    const inStates = (...states: readonly Delivery["state"][]) => all.filter(({ state }) => states.includes(state));
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(["pending", "delivered", "exhausted"]));
    expect(await walk(hooks, { ...a, state: "exhausted" })).toEqual(inStates("exhausted"));
    const state = ["pending", "exhausted", "pending"] as const;
    expect(await walk(hooks, { ...a, state })).toEqual(inStates(...state));
    expect(await walk(hooks, { ...a, state: ["cancelled"] })).toEqual([]);
  });

  it("are not listed for another tenant, whatever webhook or message is asked for", async () => {
    const hooks = await openWithTenants(create());
    const [{ messageId, webhookId } = { messageId: "", webhookId: "" }] = await walk(hooks, a);
    expect(await walk(hooks, { messageId, ...a })).toHaveLength(3);
    for (const of of [{ messageId }, { webhookId }]) expect(await walk(hooks, { ...of, tenantId: "b" })).toEqual([]);
  });
});
