import { expect, it } from "vitest";
import type { SecretWrite } from "../../../ports/secret-store.ts";
import { valueOf } from "../results.ts";
import { secret, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { ids, put, write } from "./secret-writes.ts";

function expire(expiresAt: number, now = T0, most = 10): SecretWrite {
  return { op: "expire", webhookId: "webhook-1", kind: "signing", expiresAt, now, most };
}

export function registerSecretCases({ open }: Harnesses): void {
  it("a secret is read back as it was written, each webhook's apart", async () => {
    const { storage } = await open();
    const first = secret("a", { value: "pässword ☃ \u0001'\"", createdAt: T0 + 5 });
    const headers = secret("b", { webhookId: "webhook-2", kind: "headers", value: '{"x-a":"1"}', expiresAt: T0 + 9 });
    await write(
      storage,
      { op: "put", secret: first },
      { op: "put", secret: headers },
      put("c", { webhookId: "webhook-3", value: "" }),
    );
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([first]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toEqual([headers]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-3", T0))).toMatchObject([{ value: "" }]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-4", T0))).toEqual([]);
  });

  it("ofWebhooks answers the secrets of each of many webhooks in one call", async () => {
    const { storage } = await open();
    await write(
      storage,
      ...[put("z", { createdAt: T0 - 1 }), put("a", { webhookId: "webhook-2", createdAt: T0 - 2 }), put("b")],
      ...[
        put("c", { webhookId: "webhook-2", kind: "headers", expiresAt: T0 + 9 }),
        put("d", { webhookId: "webhook-3" }),
      ],
    );
    const webhookIds = ["webhook-2", "webhook-1", "webhook-4"];
    for (const now of [T0, T0 + 9]) {
      const together = await valueOf(storage.secrets.ofWebhooks(webhookIds, now));
      for (const id of webhookIds) {
        const own = await valueOf(storage.secrets.ofWebhook(id, now));
        expect(together.filter(({ webhookId }) => webhookId === id)).toEqual(own);
      }
      expect(together).toHaveLength(now === T0 ? 4 : 3);
    }
    expect(await valueOf(storage.secrets.ofWebhooks([], T0))).toEqual([]);
  });

  it("the newest secret comes first; of two made in one millisecond, the one written later", async () => {
    const { storage } = await open();
    await write(storage, put("z", { createdAt: T0 }), put("old", { createdAt: T0 - 1 }));
    await write(storage, put("a", { createdAt: T0 }), put("new", { createdAt: T0 + 1 }));
    expect(await ids(storage, T0)).toEqual(["new", "a", "z", "old"]);
  });

  it("expire gives an end to secrets without one; from that time on they are not answered", async () => {
    const { storage } = await open();
    await write(storage, put("a"));
    await write(storage, expire(T0 + 1000), put("b", { createdAt: T0 + 1 }));
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0 + 999))).toEqual([
      secret("b", { createdAt: T0 + 1 }),
      secret("a", { expiresAt: T0 + 1000 }),
    ]);
    expect(await ids(storage, T0 + 1000)).toEqual(["b"]);
  });

  it("expire brings a later end forward, and leaves an earlier one alone", async () => {
    const { storage } = await open();
    await write(
      storage,
      put("early", { expiresAt: T0 + 10 }),
      put("late", { expiresAt: T0 + 5000 }),
      expire(T0 + 1000),
    );
    const found = await valueOf(storage.secrets.ofWebhook("webhook-1", T0));
    const ends = Object.fromEntries(found.map(({ secretId, expiresAt }) => [secretId, expiresAt]));
    expect(ends).toEqual({ early: T0 + 10, late: T0 + 1000 });
  });

  it("expire removes secrets that have ended, so they are gone for an earlier time too", async () => {
    const { storage } = await open();
    await write(storage, put("ended", { expiresAt: T0 + 10 }), put("at once"));
    await write(storage, expire(T0 + 20, T0 + 20), put("new"));
    expect(await ids(storage, T0)).toEqual(["new"]);
  });

  it("expire leaves those of another kind that have ended: only their own expiry removes them", async () => {
    const { storage } = await open();
    await write(storage, put("pair", { kind: "key-pair", expiresAt: T0 + 10 }), expire(T0 + 20, T0 + 20));
    expect(await ids(storage, T0)).toEqual(["pair"]);
  });

  it("expire keeps the newest of its kind and webhook, as many as it says", async () => {
    const { storage } = await open();
    await write(storage, put("a", { createdAt: T0 - 3 }), put("pair", { kind: "key-pair", createdAt: T0 - 9 }));
    await write(storage, put("b", { createdAt: T0 - 2 }), put("c", { createdAt: T0 - 2 }));
    await write(storage, put("headers", { kind: "headers", createdAt: T0 + 1 }));
    await write(storage, put("other", { webhookId: "webhook-2", createdAt: T0 - 9 }), expire(T0 + 1000, T0, 2));
    expect(await ids(storage, T0)).toEqual(["headers", "c", "b", "pair"]);
    await write(storage, put("d"), expire(T0 + 1000, T0, 0), put("e"));
    expect(await ids(storage, T0)).toEqual(["headers", "e", "pair"]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toMatchObject([{ secretId: "other" }]);
  });

  it("expire touches its kind and its webhook only", async () => {
    const { storage } = await open();
    await write(storage, put("headers", { kind: "headers" }), put("other", { webhookId: "webhook-2" }), put("mine"));
    await write(storage, expire(T0, T0));
    expect(await ids(storage, T0)).toEqual(["headers"]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toMatchObject([
      { secretId: "other", expiresAt: null },
    ]);
  });

  it("writes take effect in the order given: what is put after an expire has no end", async () => {
    const { storage } = await open();
    await write(storage, put("before"), expire(T0, T0), put("after"));
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toMatchObject([
      { secretId: "after", expiresAt: null },
    ]);
  });

  it("forget removes all of the webhook's secrets, of every kind, and nobody else's", async () => {
    const { storage } = await open();
    await write(
      storage,
      put("a"),
      put("b", { kind: "headers" }),
      put("c", { expiresAt: T0 + 10 }),
      put("d", { webhookId: "webhook-2" }),
    );
    await write(storage, { op: "forget", webhookId: "webhook-1" });
    expect(await ids(storage, T0)).toEqual([]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toMatchObject([{ secretId: "d" }]);
  });
}
