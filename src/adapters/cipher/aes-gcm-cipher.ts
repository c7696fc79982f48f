import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { err, ok, okAsync, safeTry, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { unknownName, type NamesOf } from "../../domain/known-names.ts";
import { isObject } from "../../domain/guards.ts";
import { decodeBase64 } from "../../domain/signing/index.ts";
import { checkId } from "../../domain/webhook/index.ts";
import type { CipherFailed, EncryptedValue, SecretCipher, SecretPlace } from "../../ports/secret-cipher.ts";

export interface AesGcmKeys {
  /**
   * The keys by id: 32 bytes each, or their base64. An id is 1 to 200 visible ASCII characters, and stands for one key
   * for ever.
   */
  readonly keys: Readonly<Record<string, Uint8Array | string>>;
  /** The id of the key that new values are encrypted under. */
  readonly current: string;
}

const names: NamesOf<AesGcmKeys> = { keys: true, current: true };

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
/** A random nonce (NIST SP 800-38D, 8.2.2), so a key is good for 2^32 values. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Makes a cipher: AES-256-GCM in this process, with the ids of webhook and secret and the secret's kind as associated
 * data (NIST SP 800-38D).
 *
 * Errors: `InvalidInput`, naming `keys["…"]` or `current`, or an unknown option.
 */
export function aesGcmCipher(given: AesGcmKeys): Result<SecretCipher, InvalidInput> {
  const { keys, current } = given;
  return safeTry(function* () {
    const unknown = unknownName(given, names);
    if (unknown !== null) return err(unknown);
    if (!isObject(keys)) return err(invalidInput("keys", "must be an object of ids and keys", keys));
    const known = new Map<string, KeyObject>();
    for (const [keyId, key] of Object.entries(keys)) {
      const field = `keys[${JSON.stringify(keyId)}]`;
      yield* checkId(field, keyId);
      known.set(keyId, yield* readKey(field, key));
    }
    const newest = known.get(current);
    if (newest === undefined) return err(invalidInput("current", "must be the id of one of the keys", current));
    return ok({
      keyId: current,
      encrypt: (text: string, place: SecretPlace) => okAsync({ keyId: current, value: encrypt(newest, text, place) }),
      decrypt: (encrypted: EncryptedValue, place: SecretPlace) =>
        keyFor(known, encrypted)
          .andThen((key) => decrypt(key, encrypted, place))
          .asyncAndThen((text) => okAsync(text)),
    });
  });
}

function readKey(field: string, key: unknown): Result<KeyObject, InvalidInput> {
  const bytes = typeof key === "string" ? decodeBase64(key) : key;
  return bytes instanceof Uint8Array && bytes.length === KEY_BYTES
    ? ok(createSecretKey(bytes))
    : err(invalidInput(field, `must be ${KEY_BYTES} bytes, or their base64`, key));
}

function keyFor(known: ReadonlyMap<string, KeyObject>, { keyId }: EncryptedValue): Result<KeyObject, CipherFailed> {
  const key = known.get(keyId);
  return key === undefined
    ? err(failed(`it is encrypted under the key ${keyId}, which is not among the cipher's keys; add that key`))
    : ok(key);
}

function encrypt(key: KeyObject, text: string, place: SecretPlace): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(associatedData(place));
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

function decrypt(key: KeyObject, { keyId, value }: EncryptedValue, place: SecretPlace): Result<string, CipherFailed> {
  const bytes = decodeBase64(value);
  if (bytes === null || bytes.length < NONCE_BYTES + TAG_BYTES) return err(damaged(keyId));
  const tagAt = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(associatedData(place))
    .setAuthTag(bytes.subarray(tagAt));
  try {
    return ok(Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, tagAt)), decipher.final()]).toString("utf8"));
  } catch {
    // Node throws if the authentication tag differs.
    return err(damaged(keyId));
  }
}

/** JSON, so that no two places have the same bytes. */
function associatedData({ webhookId, secretId, kind }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([webhookId, secretId, kind]));
}

function damaged(keyId: string): CipherFailed {
  return failed(`it is damaged, was moved from its place, or was encrypted under a different key with the id ${keyId}`);
}

function failed(message: string): CipherFailed {
  return { type: "CipherFailed", retryable: false, message };
}
