import type { ResultAsync } from "neverthrow";
import type { SecretKind } from "./secret-store.ts";

/** Where a value belongs. It is authenticated with the value, so that one which was moved elsewhere cannot be decrypted. */
export interface SecretPlace {
  readonly webhookId: string;
  readonly secretId: string;
  readonly kind: SecretKind;
}

export interface EncryptedValue {
  /** Which key it is encrypted under. */
  readonly keyId: string;
  /** Well-formed text, for a database to keep. */
  readonly value: string;
}

/** The key is not there, the value was changed or moved, or a key service did not answer. */
export interface CipherFailed {
  readonly type: "CipherFailed";
  /** Whether the same call may succeed later without anybody mending anything. */
  readonly retryable: boolean;
  /** Names the key's id, and shows neither key nor value. */
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * Encrypts what the secret store keeps: secrets, private keys and the values of custom headers. Two promises: what `encrypt`
 * gave, `decrypt` gives back for the same place, under every key that it still has; and for any other place, key or value it is
 * `CipherFailed`.
 */
export interface SecretCipher {
  /** The key that new values are encrypted under. */
  readonly keyId: string;
  encrypt(text: string, place: SecretPlace): ResultAsync<EncryptedValue, CipherFailed>;
  decrypt(encrypted: EncryptedValue, place: SecretPlace): ResultAsync<string, CipherFailed>;
}
