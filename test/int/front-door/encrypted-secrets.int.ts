import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { formatKeyPair, formatWhsec } from "../../../src/domain/signing/index.ts";
import { aesGcmCipher, type SecretCipher } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
import { verifyWebhook } from "../../../src/verify/index.ts";
import { failure, openHooks, storages, value, type MemoryHooks } from "../../support/open-hooks.ts";
import { wrapStorage } from "../../support/wrap-storage.ts";

const event = "memory.updated";
const url = "http://127.0.0.1:9/hook";
const clock = () => createFakeClock({ autoAdvance: true });
const keyOf = (id: string) => new Uint8Array(32).fill(id.charCodeAt(0));
/** The first key is the current one. */
function cipherOf(current: string, ...older: readonly string[]): SecretCipher {
  const ids = [current, ...older];
  return aesGcmCipher({ current, keys: Object.fromEntries(ids.map((id) => [id, keyOf(id)])) })._unsafeUnwrap();
}

async function register(hooks: MemoryHooks, webhookId: string, byte: number) {
  const secret = formatWhsec(new Uint8Array(32).fill(byte));
  const keyPair = formatKeyPair(new Uint8Array(32).fill(byte));
  const headers = { authorization: `Bearer ${webhookId}` };
  return value(hooks.webhooks.register({ webhookId, url, events: [event], secret, keyPair, headers }));
}

describe.each(storages)("secrets under a cipher, on $name", ({ create }) => {
  /** How the secrets are kept, by the ids of the keys; null for plain text. */
  async function keyIds(adapter: StorageAdapter): Promise<readonly (string | null)[]> {
    const storage = await value(adapter.open());
    const stored = await value(storage.secrets.notUnder("none", "", 1000));
    await value(storage.close());
    return [...new Set(stored.map(({ keyId }) => keyId))].sort();
  }

  /** Publishes a message, and checks what came by the webhook's own keys. */
  async function checkSending(adapter: StorageAdapter, cipher: SecretCipher, webhookId: string): Promise<void> {
    const time = clock();
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: adapter, cipher, http, clock: time });
    const webhook = await value(hooks.webhooks.get(webhookId));
    if (webhook === null) throw new Error(`there is no webhook ${webhookId}`);
    await value(hooks.dispatch({ event, payload: {} }));
    const request = http.requests.at(-1);
    if (request === undefined) throw new Error("nothing was sent");
    const { headers, body } = request;
    const { secret, publicKey } = webhook;
    expect(headers["authorization"]).toBe(`Bearer ${webhookId}`);
    expect(await verifyWebhook({ secret, headers, body, now: time.now() })).toMatchObject({ ok: true });
    expect(await verifyWebhook({ publicKey: publicKey ?? "", headers, body, now: time.now() })).toMatchObject({
      ok: true,
    });
  }

  it("are encrypted where they are kept, and readable where they are used", async () => {
    const adapter = create();
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("a") });
    const { secret } = await register(hooks, "w", 1);
    expect(secret).toBe(formatWhsec(new Uint8Array(32).fill(1)));
    await value(hooks.webhooks.rotateSecret("w"));
    await value(hooks.webhooks.rotateKeyPair("w"));
    await value(hooks.webhooks.update("w", { headers: { authorization: "Bearer w" } }));
    const again = await value(hooks.webhooks.update("w", { secret }));
    expect(again.secret).toBe(secret);
    expect(await keyIds(adapter)).toEqual(["a"]);
    await checkSending(adapter, cipherOf("a"), "w");
  });

  it("in plain text from before are accepted, and encrypted by reEncryptSecrets", async () => {
    const adapter = create();
    await register(await openHooks({ storage: adapter }), "w", 1);
    expect(await keyIds(adapter)).toEqual([null]);
    await checkSending(adapter, cipherOf("a"), "w");
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("a") });
    expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 3 });
    expect(await keyIds(adapter)).toEqual(["a"]);
    await checkSending(adapter, cipherOf("a"), "w");
    expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 0 });
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("move to another key while others work, and the old key is needed no more", async () => {
    const adapter = create();
    const worker = await openHooks({ storage: adapter, cipher: cipherOf("a", "b"), http: scriptedHttpClient() });
    for (let n = 0; n < 120; n += 1) await register(worker, `w-${n}`, n);
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("b", "a") });
    const steps: number[] = [];
    const onProgress = ({ reEncrypted }: { readonly reEncrypted: number }) => steps.push(reEncrypted);
    const [reEncrypted] = await Promise.all([
      value(hooks.webhooks.reEncryptSecrets({ onProgress })),
      value(worker.webhooks.delete("w-3")),
      value(worker.webhooks.rotateSecret("w-4", { overlapSeconds: 0 })),
      value(worker.dispatch({ event, payload: {} })),
    ]);
    expect(steps.at(-1)).toBe(reEncrypted.reEncrypted);
    expect(steps.length).toBeGreaterThan(2);
    // The other process has written more since, under its own current key.
    await value(hooks.webhooks.reEncryptSecrets());
    expect(await keyIds(adapter)).toEqual(["b"]);
    expect(await value(hooks.webhooks.get("w-3"))).toBeNull();
    const last = await openHooks({ storage: adapter, cipher: cipherOf("b") });
    expect(await value(last.webhooks.list())).toHaveLength(119);
    expect((await value(last.ledger.verify())).differences).toEqual([]);
  });

  it("that cannot be decrypted fail their own webhook's attempts, with the reason, and no other's", async () => {
    const adapter = create();
    await register(await openHooks({ storage: adapter, cipher: cipherOf("a") }), "lost", 1);
    await register(await openHooks({ storage: adapter, cipher: cipherOf("b") }), "kept", 2);
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("b"), http, clock: clock() });
    const results = await value(hooks.dispatch({ event, payload: {} }));
    expect(results).toMatchObject([
      { webhookId: "lost", success: false },
      { webhookId: "kept", success: true },
    ]);
    expect(http.requests).toHaveLength(1);
    const { items } = await value(hooks.deliveries.list({ webhookId: "lost" }));
    const [attempt] = await value(hooks.deliveries.attempts(items[0]?.deliveryId ?? ""));
    expect(attempt?.failure).toEqual({
      kind: "signing",
      message: expect.stringContaining(
        "of the webhook lost cannot be decrypted: it is encrypted under the key a, which is not among the cipher's keys; add that key",
      ),
    });
    expect(await failure(hooks.webhooks.get("lost"))).toMatchObject({ type: "StorageError", reason: "secrets" });
    for (const listed of [hooks.webhooks.list(), hooks.webhooks.listForEvent(event)]) {
      expect(await failure<unknown, unknown>(listed)).toMatchObject({
        reason: "secrets",
        message: expect.stringContaining("of the webhook lost"),
      });
    }
    expect(await failure(hooks.webhooks.reEncryptSecrets())).toMatchObject({ reason: "secrets", retryable: false });
    // Everything else can still be done with the webhook.
    const readBack = "the change was made, but cannot be read back: ";
    const deactivated = await failure(hooks.webhooks.update("lost", { active: false }));
    expect(deactivated.message).toContain(readBack);
    await failure(hooks.webhooks.update("lost", { active: true }));
    await failure(hooks.webhooks.update("lost", { headers: { authorization: "Bearer lost" } }));
    await failure(hooks.webhooks.rotateKeyPair("lost", { overlapSeconds: 0 }));
    await value(hooks.webhooks.rotateSecret("lost", { overlapSeconds: 0 }));
    expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 0 });
    await value(hooks.deliveries.redeliver(items[0]?.deliveryId ?? ""));
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.get(items[0]?.deliveryId ?? ""))).toMatchObject({ state: "delivered" });
  });

  it("that cannot be decrypted keep no other from being re-encrypted, and count only while in force", async () => {
    const adapter = create();
    const time = clock();
    const lost = await openHooks({ storage: adapter, cipher: cipherOf("a"), clock: time });
    await value(lost.webhooks.register({ webhookId: "ended", url, events: [] }));
    const present = await openHooks({ storage: adapter, cipher: cipherOf("b", "a"), clock: time });
    await value(present.webhooks.rotateSecret("ended", { overlapSeconds: 60 }));
    time.advance(60_000);
    await value(lost.webhooks.register({ webhookId: "lost", url, events: [] }));
    await value((await openHooks({ storage: adapter, clock: time })).webhooks.register({ url, events: [] }));
    const hooks = await openHooks({ storage: adapter, cipher: cipherOf("b"), clock: time });
    const error = await failure(hooks.webhooks.reEncryptSecrets());
    expect(error.message).toMatch(
      /^all secrets are encrypted except one: a signing secret of the webhook lost cannot be decrypted: it is/,
    );
    expect(error.message).not.toContain("more");
    expect(await keyIds(adapter)).toEqual(["a", "b"]);
    await value(hooks.webhooks.update("lost", { secret: "another" }));
    expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 0 });
  });

  it("are not taken for plain text if there is no cipher", async () => {
    const adapter = create();
    await register(await openHooks({ storage: adapter, cipher: cipherOf("a") }), "w", 1);
    const hooks = await openHooks({ storage: adapter });
    const error = await failure(hooks.webhooks.get("w"));
    expect(error.message).toContain("hookledger was opened without a cipher; give it one");
    const refused = await failure(hooks.webhooks.reEncryptSecrets());
    expect(refused).toMatchObject({ type: "InvalidInput", field: "cipher" });
  });

  it("cannot be written if the cipher does not answer now, which is a StorageError that says so", async () => {
    const message = "the key service does not answer";
    const cipher: SecretCipher = {
      ...cipherOf("a"),
      encrypt: () => errAsync({ type: "CipherFailed", message, retryable: true }),
    };
    const hooks = await openHooks({ storage: create(), cipher });
    const registered = hooks.webhooks.register({ url, events: [event] });
    expect(await failure(registered)).toMatchObject({
      ...{ type: "StorageError", reason: "secrets", retryable: true, message: expect.stringContaining(message) },
    });
    expect(await value(hooks.ledger.readAll({ limit: 10 }))).toEqual([]);
  });

  it.each([
    ["signing", "a signing secret"],
    ["key-pair", "a private key"],
    ["headers", "the header values"],
  ] as const)("of the kind %s are called %s by the error", async (kind, name) => {
    const whole = cipherOf("a");
    const cipher: SecretCipher = {
      ...whole,
      encrypt: (text, place) =>
        place.kind === kind
          ? errAsync({ type: "CipherFailed", message: "refused", retryable: false })
          : whole.encrypt(text, place),
    };
    const hooks = await openHooks({ storage: create(), cipher });
    const keyPair = formatKeyPair(new Uint8Array(32));
    const error = await failure(
      hooks.webhooks.register({ webhookId: "w", url, events: [], keyPair, headers: { a: "b" } }),
    );
    expect(error.message).toBe(`${name} of the webhook w cannot be encrypted: refused`);
  });

  it("are all re-encrypted by the next call, if the storage has refused in the middle of one", async () => {
    const adapter = create();
    const plain = await openHooks({ storage: adapter });
    for (let n = 0; n < 50; n += 1) await register(plain, `w-${n}`, n);
    let pages = 0;
    const interrupted = wrapStorage(adapter, ({ secrets, webhooks }) => ({
      secrets: {
        ...secrets,
        notUnder: (...page) => {
          pages += 1;
          return pages === 2
            ? secrets
                .notUnder(...page)
                .andThen(() => closed.webhooks.revision())
                .map(() => [])
            : secrets.notUnder(...page);
        },
      },
      webhooks,
    }));
    const closed = await value(create().open());
    await value(closed.close());
    const hooks = await openHooks({ storage: interrupted, cipher: cipherOf("a") });
    expect(await failure(hooks.webhooks.reEncryptSecrets())).toMatchObject({ type: "StorageError", reason: "closed" });
    expect(await value(hooks.webhooks.reEncryptSecrets())).toEqual({ reEncrypted: 50 });
    expect(await keyIds(adapter)).toEqual(["a"]);
  });
});
