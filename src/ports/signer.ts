import type { Result, ResultAsync } from "neverthrow";
import type { InvalidInput } from "../domain/invalid-input.ts";
import type { SigningScheme } from "../domain/signing/scheme.ts";

/**
 * The key could not be used: a key service did not answer, or does not know the key. The attempt counts as failed, and
 * is made again.
 */
export interface SigningFailed {
  readonly type: "SigningFailed";
  /** Goes into the ledger, so it contains neither the secret nor the content. */
  readonly message: string;
  readonly cause?: unknown;
}

export function signingFailed(message: string, cause?: unknown): SigningFailed {
  return { type: "SigningFailed", message, cause };
}

export interface SigningKey {
  readonly webhookId: string;
  readonly scheme: SigningScheme;
  /** As given at registration: the key itself, or the name by which the signer knows it. */
  readonly secret: string;
}

/**
 * Returns the raw signature of a content: 32 bytes of HMAC-SHA256 for `kemi` and `v1`, 64 bytes of ed25519 for `v1a`.
 * Answers synchronously if the key is at hand, since every attempt waits for it.
 */
export type Sign = (content: Uint8Array) => Result<Uint8Array, SigningFailed> | ResultAsync<Uint8Array, SigningFailed>;

/**
 * Signs with the webhooks' keys, by default in this process. Another signer can leave the keys in a key management
 * service; the webhook's `secret` or `keyPair` is then the name of the key.
 */
export interface Signer {
  /** Makes a key ready to sign many contents. Called once for each key and each change of its webhook. */
  keyFor(key: SigningKey): Sign;
  /**
   * Returns the public key, as `whpk_` and base64, of a private key that is given to a webhook; `InvalidInput` if it is
   * no private key. Any answer that is neither a public key nor one of these errors counts as `SigningFailed`.
   */
  publicKeyOf(keyPair: string): ResultAsync<string, InvalidInput | SigningFailed>;
}
