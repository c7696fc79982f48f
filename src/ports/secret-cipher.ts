import type { ResultAsync } from "neverthrow";
import type { SecretKind } from "./secret-store.ts";

/**
 * Where a value belongs. The place is authenticated with the value, so a value that was moved elsewhere cannot be
 * decrypted.
 */
export interface SecretPlace {
  readonly webhookId: string;
  readonly secretId: string;
  readonly kind: SecretKind;
}

export interface EncryptedValue {
  /** The id of the key that it is encrypted under. */
  readonly keyId: string;
  /** Well-formed text that a database can keep. */
  readonly value: string;
}

/** The key is missing, the value was changed or moved, or a key service did not answer. */
export interface CipherFailed {
  readonly type: "CipherFailed";
  /** Whether the same call may succeed later without anybody fixing anything. */
  readonly retryable: boolean;
  /** Names the key's id, and contains neither key nor value. */
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * Encrypts what the secret store keeps: secrets, private keys and the values of custom headers. It makes two promises:
 *
 * - `decrypt` gives back what `encrypt` was given, for the same place, under every key that it still has.
 * - For any other place, key or value, `decrypt` answers `CipherFailed`.
 *
 * An answer of any other form counts as `CipherFailed`. A place holds no secret, so it may be passed on or logged.
 */
export interface SecretCipher {
  /** The id of the key that new values are encrypted under. */
  readonly keyId: string;
  /** Encrypts under the key `keyId`, bound to the place. */
  encrypt(text: string, place: SecretPlace): ResultAsync<EncryptedValue, CipherFailed>;
  /** Returns the text that was encrypted for this place, under whichever key the value names. */
  decrypt(encrypted: EncryptedValue, place: SecretPlace): ResultAsync<string, CipherFailed>;
}
