import { decodeBase64 } from "./base64.ts";
import { hmacKey, type HmacKey } from "./hmac.ts";

const PREFIX = "whsec_";
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** The content that Standard Webhooks signs under every scheme: `{id}.{timestamp}.{body}` (1.0, "Signature scheme"). */
export interface SignedContent {
  /** The value of `webhook-id`, the same on every attempt. */
  readonly messageId: string;
  /** The value of `webhook-timestamp`: whole seconds since the Unix epoch. */
  readonly timestampSeconds: number;
  /** The body, exactly as it is sent. */
  readonly body: string | Uint8Array;
}

/** The bytes that are signed. */
export function signedContent({ messageId, timestampSeconds, body }: SignedContent): Buffer {
  const head = `${messageId}.${timestampSeconds}.`;
  return typeof body === "string" ? Buffer.from(head + body) : Buffer.concat([Buffer.from(head), body]);
}

/** Makes a secret ready to sign many messages by `v1`. */
export function standardWebhooksKey(secret: string): HmacKey {
  return hmacKey(secretKeyBytes(secret));
}

/**
 * Returns the bytes that a secret signs with. `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks asks for,
 * stands for those bytes. Any other secret, such as free text from an older system, stands for its own UTF-8 bytes.
 */
export function secretKeyBytes(secret: string): Uint8Array {
  const key = secret.startsWith(PREFIX) ? decodeBase64(secret.slice(PREFIX.length)) : null;
  return key !== null && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : Buffer.from(secret);
}

/**
 * Writes a secret in the form of Standard Webhooks. The caller supplies the random bytes; {@link secretKeyBytes} can
 * read the secret back if there are 24 to 64 of them.
 */
export function formatWhsec(bytes: Uint8Array): string {
  return `${PREFIX}${Buffer.from(bytes).toString("base64")}`;
}
