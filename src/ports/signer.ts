import type { Result, ResultAsync } from "neverthrow";
import type { InvalidInput } from "../domain/invalid-input.ts";
import type { SigningScheme } from "../domain/signing/scheme.ts";

/** The key could not be used: a key service did not answer, or knows no such key. Its attempt counts as failed, and is made again. */
export interface SigningFailed {
  readonly type: "SigningFailed";
  /** For the ledger: without the secret, and without the content. */
  readonly message: string;
  readonly cause?: unknown;
}

export function signingFailed(message: string, cause?: unknown): SigningFailed {
  return { type: "SigningFailed", message, cause };
}

export interface SigningKey {
  readonly webhookId: string;
  readonly scheme: SigningScheme;
  /** As it was given at registration: the key itself, or what the signer knows the key by. */
  readonly secret: string;
}

/**
 * The raw signature of a content: 32 bytes of HMAC-SHA256 for `kemi` and `v1`, 64 bytes of ed25519 for `v1a`.
 * At once where the key is at hand, since every attempt waits for it.
 */
export type Sign = (content: Uint8Array) => Result<Uint8Array, SigningFailed> | ResultAsync<Uint8Array, SigningFailed>;

/**
 * Where the keys are used. By default in this process; another signer can leave them in a key management service,
 * where what the webhook has as `secret` or `keyPair` is then the name of the key.
 */
export interface Signer {
  /** Makes a key ready to sign many contents. Called once for each key and change of its webhook. */
  keyFor(key: SigningKey): Sign;
  /**
   * The public key, as `whpk_` and base64, of a private key that is given to a webhook; `InvalidInput`, if it is none. What is neither a public
   * key nor one of these errors counts as `SigningFailed`.
   */
  publicKeyOf(keyPair: string): ResultAsync<string, InvalidInput | SigningFailed>;
}
