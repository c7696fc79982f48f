import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../../src/adapters/memory/index.ts";
import { aesGcmCipher, type AllWebhooksListing, type WebhookSummary } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { damageable } from "../../support/damageable.ts";
import { everyStorage, failure, openHooks, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const cipherOf = (current: "a" | "b") =>
  aesGcmCipher({ keys: { [current]: new Uint8Array(32).fill(current.charCodeAt(0)) }, current })._unsafeUnwrap();

/** So many webhooks of two tenants, every third of them not active. */
async function openWith(count: number, storage: StorageAdapter): Promise<MemoryHooks> {
  const hooks = await openHooks({ storage });
  const ids = Array.from({ length: count }, (_, index) => `w${String(index).padStart(3, "0")}`);
  for (const [index, webhookId] of ids.toReversed().entries()) {
    const tenantId = index % 2 === 0 ? "" : "a";
    await value(hooks.webhooks.register({ webhookId, url, events: [event], tenantId, active: index % 3 !== 0 }));
  }
  return hooks;
}

async function walk(hooks: MemoryHooks, listing: AllWebhooksListing = {}): Promise<readonly (readonly string[])[]> {
  const { items, next } = await value(hooks.webhooks.listAll(listing));
  const ids = items.map(({ webhookId }) => webhookId);
  return next === undefined ? [ids] : [ids, ...(await walk(hooks, { ...listing, after: next }))];
}

describe.each(everyStorage)("the webhooks of all tenants, on $name", ({ create }) => {
  it("are listed by id, page by page, and only the active ones if nothing else is said", async () => {
    const hooks = await openWith(21, create());
    const all = await walk(hooks, { activeOnly: false });
    expect(all).toEqual([Array.from({ length: 21 }, (_, index) => `w${String(index).padStart(3, "0")}`)]);
    const active = await walk(hooks);
    expect(active.flat()).toHaveLength(14);
    for (const limit of [1, 2, 7, 13, 14, 1000]) {
      const pages = await walk(hooks, { limit });
      expect(pages.flat()).toEqual(active.flat());
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages.at(-1)).not.toEqual([]);
    }
    expect(await walk(hooks, { after: "w999" })).toEqual([[]]);
    const inherited: AllWebhooksListing = Object.create({ after: "w018", activeOnly: false });
    expect(await walk(hooks, inherited)).toEqual([["w019", "w020"]]);
  });

  it("are a hundred on a page, if no limit is given", async () => {
    const pages = await walk(await openWith(102, create()), { activeOnly: false });
    expect(pages.map((page) => page.length)).toEqual([100, 2]);
  });

  it("are listed as their owners see them, without secrets, and no secret is read for that", async () => {
    const adapter = create();
    const owner = await openHooks({ storage: adapter, cipher: cipherOf("a") });
    const settings = { webhookId: "w", tenantId: "a", url, headers: { Authorization: "Bearer abc" } };
    const registered = await value(owner.webhooks.register({ ...settings, events: [event], schemes: ["v1", "v1a"] }));
    const asked: string[] = [];
    const storage = wrapStorage(adapter, ({ secrets }) => ({
      secrets: {
        ...secrets,
        ofWebhook: (...given) => secrets.ofWebhook(...given).andTee(() => asked.push("one")),
        ofWebhooks: (...given) => secrets.ofWebhooks(...given).andTee(() => asked.push("all")),
      },
    }));
    // The key is lost, so the owner cannot read the webhook either.
    const hooks = await openHooks({ storage, cipher: cipherOf("b") });
    expect(await failure(hooks.webhooks.get("w"))).toMatchObject({ type: "StorageError", reason: "secrets" });
    asked.length = 0;
    const [summary] = (await value(hooks.webhooks.listAll())).items;
    const expected: WebhookSummary = { ...registered, headerNames: ["Authorization"] };
    expect(summary).toEqual(expected);
    // `toEqual` would not see what is not enumerable.
    expect(Reflect.ownKeys(summary ?? {}).toSorted()).toEqual([...Object.keys(registered), "headerNames"].toSorted());
    expect(asked).toEqual([]);
  });

  it("cannot be listed by a single tenant, which has no such call", async () => {
    const hooks = await openHooks({ storage: create() });
    expect(Object.keys(hooks.tenant("a").webhooks)).not.toContain("listAll");
  });
});

it("pages go on to the end, even if the storage gives webhooks that are not active", async () => {
  // As SQLite answers of rows whose `active` is damaged.
  const storage = wrapStorage(memoryStorage(), ({ webhooks }) => ({
    webhooks: { ...webhooks, listAll: (filter) => webhooks.listAll({ ...filter, activeOnly: false }) },
  }));
  const hooks = await openWith(9, storage);
  const active = ["w000", "w001", "w003", "w004", "w006", "w007"];
  for (const limit of [1, 2, 3, 9]) expect((await walk(hooks, { limit })).flat()).toEqual(active);
});

describe.each(damageable)("the webhooks of all tenants, on %s", (_name, create) => {
  it("include those whose rows cannot be read, as the ledger tells of them", async () => {
    const { storage, run } = create();
    const hooks = await openWith(6, storage);
    const before = await value(hooks.webhooks.listAll({ activeOnly: false }));
    await run(`update {webhooks} set events = 'x' where webhook_id in ('w002', 'w004')`);
    expect(await value(hooks.webhooks.listAll({ activeOnly: false }))).toEqual(before);
  });
});
