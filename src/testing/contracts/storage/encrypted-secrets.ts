import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { secret, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { ids, put, write } from "./secret-writes.ts";

export function registerEncryptedSecretCases({ open }: Harnesses): void {
  it("a secret keeps the id of the key that it is encrypted under", async () => {
    const { storage } = await open();
    await write(storage, put("a", { keyId: "key-1", value: "ciphertext" }));
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([
      secret("a", { keyId: "key-1", value: "ciphertext" }),
    ]);
  });

  it("replace puts another value in the place of a secret's, and leaves all else as it is", async () => {
    const { storage } = await open();
    await write(storage, put("a", { expiresAt: T0 + 9 }), put("b"), put("c", { webhookId: "webhook-2" }));
    const now = { webhookId: "webhook-1", secretId: "a", value: "ciphertext", keyId: "key-1" };
    await write(storage, { op: "replace", ...now });
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toEqual([
      secret("b"),
      secret("a", { expiresAt: T0 + 9, value: "ciphertext", keyId: "key-1" }),
    ]);
    await write(storage, { op: "replace", ...now, value: "plain again", keyId: null });
    expect(await valueOf(storage.secrets.ofWebhook("webhook-1", T0))).toMatchObject([
      { secretId: "b" },
      { secretId: "a", value: "plain again", keyId: null },
    ]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toMatchObject([{ value: "s3cret" }]);
  });

  it("replace brings back no secret that is gone, and changes none of another webhook", async () => {
    const { storage } = await open();
    await write(storage, put("a"), put("b", { webhookId: "webhook-2" }), { op: "forget", webhookId: "webhook-1" });
    const value = "ciphertext";
    await write(storage, { op: "replace", webhookId: "webhook-1", secretId: "a", value, keyId: "key-1" });
    await write(storage, { op: "replace", webhookId: "webhook-1", secretId: "b", value, keyId: "key-1" });
    expect(await ids(storage, T0)).toEqual([]);
    expect(await valueOf(storage.secrets.ofWebhook("webhook-2", T0))).toMatchObject([{ value: "s3cret", keyId: null }]);
  });

  it("notUnder answers by id, page by page, all that is in plain text or under another key", async () => {
    const { storage } = await open();
    await write(
      storage,
      ...[put("d"), put("b", { keyId: "old" }), put("a", { keyId: "new" }), put("c", { webhookId: "webhook-2" })],
      put("e", { kind: "headers", expiresAt: T0 - 1 }),
    );
    const page = async (after: string, limit: number) =>
      (await valueOf(storage.secrets.notUnder("new", after, limit))).map(({ secretId }) => secretId);
    expect(await page("", 3)).toEqual(["b", "c", "d"]);
    expect(await page("d", 3)).toEqual(["e"]);
    expect(await page("e", 3)).toEqual([]);
    expect(await valueOf(storage.secrets.notUnder("new", "b", 1))).toEqual([secret("c", { webhookId: "webhook-2" })]);
  });
}
