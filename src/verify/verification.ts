export type VerifyScheme = "v1" | "v1a" | "kemi";

/** What came of checking a webhook. */
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

/** The kemi header signs the body alone, neither id nor time: such a request can be sent again by whoever saw it. */
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
  /** Which option there is not, and which there are: for you, not for the sender. */
  readonly message?: string;
}

/**
 * The check that failed:
 *
 * - `no-key`: neither a secret nor a public key was given, or an empty one
 * - `invalid-secret`: it is a `whpk_` or `whsk_` key, which would make the HMAC's key public or belongs to the sender
 * - `invalid-public-key`: it is not `whpk_` and the base64 of 32 bytes
 * - `body-not-raw`: it is neither a string nor bytes
 * - `missing-id`, `missing-timestamp`, `missing-signature`: the header is not there, or empty
 * - `invalid-timestamp`: it is not in whole seconds
 * - `timestamp-too-old`, `timestamp-too-new`: it is out of tolerance
 * - `no-known-signature`: none is of a version that a key was given for
 * - `signature-mismatch`: none is the right one
 * - `ed25519-unsupported`: this runtime's Web Crypto has no ed25519
 * - `invalid-input`: it has an option that there is not, which the `message` names, `schemes` is no array, or it could not be read at all
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
