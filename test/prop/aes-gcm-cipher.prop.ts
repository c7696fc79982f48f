import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, type AesGcmKeys, type SecretCipher, type SecretPlace } from "../../src/index.ts";

const keyOf = (byte: number) => new Uint8Array(32).fill(byte);
const cipherWith = (current: string, ...ids: readonly string[]) =>
  aesGcmCipher({ current, keys: Object.fromEntries(ids.map((id) => [id, keyOf(Number(id))])) })._unsafeUnwrap();

const text = fc.string({ unit: "binary" }).map((drawn) => drawn.toWellFormed());
const place: fc.Arbitrary<SecretPlace> = fc.record({
  webhookId: fc.string({ minLength: 1 }),
  secretId: fc.string({ minLength: 1 }),
  kind: fc.constantFrom("signing", "key-pair", "headers"),
});

async function encrypt(cipher: SecretCipher, plain: string, where: SecretPlace) {
  return (await cipher.encrypt(plain, where))._unsafeUnwrap();
}

describe("aesGcmCipher", () => {
  it("decrypts what was encrypted under a key that is no longer the current one", async () => {
    await fc.assert(
      fc.asyncProperty(text, place, async (plain, where) => {
        const encrypted = await encrypt(cipherWith("1", "1"), plain, where);
        expect(encrypted.keyId).toBe("1");
        expect((await cipherWith("2", "2", "1").decrypt(encrypted, where))._unsafeUnwrap()).toBe(plain);
      }),
    );
  });

  it("writes standard AES-GCM: Web Crypto decrypts it, given nonce, associated data and tag", async () => {
    const key = await crypto.subtle.importKey("raw", keyOf(7), "AES-GCM", false, ["decrypt"]);
    await fc.assert(
      fc.asyncProperty(text, place, async (plain, where) => {
        const bytes = Buffer.from((await encrypt(cipherWith("7", "7"), plain, where)).value, "base64");
        const additionalData = Buffer.from(JSON.stringify([where.webhookId, where.secretId, where.kind]));
        const algorithm = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData };
        const decrypted = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(12));
        expect(Buffer.from(decrypted).toString()).toBe(plain);
      }),
    );
  });

  it("never encrypts a value to the same text twice", async () => {
    const where: SecretPlace = { webhookId: "w", secretId: "s", kind: "signing" };
    const cipher = cipherWith("1", "1");
    const values = await Promise.all(Array.from({ length: 1000 }, () => encrypt(cipher, "the same", where)));
    expect(new Set(values.map(({ value }) => value)).size).toBe(1000);
  });

  it("refuses to decrypt a value if any bit of it was flipped", async () => {
    await fc.assert(
      fc.asyncProperty(text, place, fc.nat(), async (plain, where, drawn) => {
        const cipher = cipherWith("1", "1");
        const { keyId, value } = await encrypt(cipher, plain, where);
        const bytes = Buffer.from(value, "base64");
        const bit = drawn % (bytes.length * 8);
        bytes.writeUInt8((bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
        const turned = await cipher.decrypt({ keyId, value: bytes.toString("base64") }, where);
        expect(turned._unsafeUnwrapErr()).toMatchObject({ type: "CipherFailed", retryable: false });
      }),
    );
  });

  it("refuses to decrypt a value that was moved to another webhook, id or kind", async () => {
    await fc.assert(
      fc.asyncProperty(text, place, place, async (plain, where, elsewhere) => {
        fc.pre(JSON.stringify(where) !== JSON.stringify(elsewhere));
        const cipher = cipherWith("1", "1");
        const moved = await cipher.decrypt(await encrypt(cipher, plain, where), elsewhere);
        expect(moved._unsafeUnwrapErr()).toMatchObject({ type: "CipherFailed" });
      }),
    );
  });

  it("fails without throwing, whatever the database holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), place, async (value, where) => {
        const found = await cipherWith("1", "1").decrypt({ keyId: "1", value }, where);
        expect(found._unsafeUnwrapErr()).toMatchObject({ type: "CipherFailed" });
      }),
    );
  });

  it("fails without throwing if a value is of any length, also too short for a nonce and a tag", async () => {
    const where: SecretPlace = { webhookId: "w", secretId: "s", kind: "signing" };
    for (let length = 0; length <= 40; length += 1) {
      const found = await cipherWith("1", "1").decrypt(
        { keyId: "1", value: Buffer.alloc(length).toString("base64") },
        where,
      );
      expect(found._unsafeUnwrapErr()).toMatchObject({ type: "CipherFailed" });
    }
  });

  it("names the key that it lacks, and fails if another key has the same id", async () => {
    const where: SecretPlace = { webhookId: "w", secretId: "s", kind: "signing" };
    const encrypted = await encrypt(cipherWith("1", "1"), "plain", where);
    const without = (await cipherWith("2", "2").decrypt(encrypted, where))._unsafeUnwrapErr();
    expect(without.message).toContain("under the key 1, which is not among the cipher's keys; add that key");
    const other = aesGcmCipher({ current: "1", keys: { "1": keyOf(9) } })._unsafeUnwrap();
    expect((await other.decrypt(encrypted, where))._unsafeUnwrapErr()).toMatchObject({
      type: "CipherFailed",
      message: expect.stringContaining("or was encrypted under a different key with the id 1"),
    });
  });

  it("accepts a base64 key of 32 bytes, refuses wrong keys and ids, and never shows a key", () => {
    const base64 = Buffer.from(keyOf(5)).toString("base64");
    const cipher = aesGcmCipher({ current: "k", keys: { k: base64 } })._unsafeUnwrap();
    expect(inspect(cipher, { depth: 9, showHidden: true })).not.toContain(base64);
    const refused = (given: object) => {
      const keys: AesGcmKeys = JSON.parse(JSON.stringify(given));
      return aesGcmCipher(keys)._unsafeUnwrapErr().message;
    };
    const canary = "Y2FuYXJ5";
    for (const key of ["", canary, Buffer.alloc(33).toString("base64"), `${base64}A`, base64.replaceAll("=", "")]) {
      const message = refused({ current: "k", keys: { k: key } });
      expect(message).toContain('keys["k"] must be 32 bytes');
      expect(message).not.toContain(canary);
    }
    expect(refused({ current: "j", keys: { k: base64 } })).toContain("current must be the id of one of the keys");
    expect(refused({ current: "k k", keys: { "k k": base64 } })).toContain('keys["k k"] must be 1 to 200');
    expect(refused({ current: "k", keys: null })).toContain("keys must be an object");
  });
});
