export type VerifyScheme = "v1" | "v1a" | "kemi";

/** The result of checking a webhook. */
export type Verification = VerifiedMessage | VerifiedBody | RefusedWebhook;

export interface VerifiedMessage {
  readonly ok: true;
  /** Which signature matched. */
  readonly scheme: "v1" | "v1a";
  /** The same on every attempt. */
  readonly messageId: string;
  /** When this attempt was made, in seconds since 1970. */
  readonly timestamp: number;
  /** The bytes that were signed. */
  readonly payload: Uint8Array;
}

/** The kemi header signs the body alone, neither id nor time: whoever saw such a request can send it again. */
export interface VerifiedBody {
  readonly ok: true;
  readonly scheme: "kemi";
  readonly messageId: null;
  readonly timestamp: null;
  readonly payload: Uint8Array;
}

export interface RefusedWebhook {
  readonly ok: false;
  readonly reason: VerifyFailure;
  /** Names the unknown option and those that exist: for you, not for the sender. */
  readonly message?: string;
}

/**
 * The check that failed:
 *
 * - `no-key`: neither a secret nor a public key was given, or an empty one
 * - `invalid-secret`: the secret is a `whpk_` key, which would make the HMAC's key public, or a `whsk_` key, which
 *   belongs to the sender
 * - `invalid-public-key`: the public key is not `whpk_` and the base64 of 32 bytes
 * - `body-not-raw`: the body is neither a string nor bytes
 * - `missing-id`, `missing-timestamp`, `missing-signature`: the header is missing or empty
 * - `invalid-timestamp`: the timestamp is not in whole seconds
 * - `timestamp-too-old`, `timestamp-too-new`: the timestamp is out of tolerance
 * - `no-known-signature`: no signature is of a version for which a key was given
 * - `signature-mismatch`: no signature is right
 * - `ed25519-unsupported`: this runtime's Web Crypto has no ed25519
 * - `invalid-input`: the input has an unknown option, which the `message` names, `schemes` is no array, or the input
 *   could not be read at all
 */
export type VerifyFailure =
  | "no-key"
  | "invalid-secret"
  | "invalid-public-key"
  | "body-not-raw"
  | "missing-id"
  | "missing-timestamp"
  | "missing-signature"
  | "invalid-timestamp"
  | "timestamp-too-old"
  | "timestamp-too-new"
  | "no-known-signature"
  | "signature-mismatch"
  | "ed25519-unsupported"
  | "invalid-input";

export const failed = (reason: VerifyFailure): RefusedWebhook => ({ ok: false, reason });
