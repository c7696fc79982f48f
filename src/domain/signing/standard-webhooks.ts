import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

const PREFIX = "whsec_";
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** RFC 4648 section 4, padding included, which the specification's libraries all read alike. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export interface StandardWebhooksMessage {
  /** The value of `webhook-id`, the same on every attempt. */
  readonly messageId: string;
  /** The value of `webhook-timestamp`: whole seconds since the Unix epoch. */
  readonly timestampSeconds: number;
  /** The body, exactly as it is sent. */
  readonly body: string | Uint8Array;
  /** The secrets in force, newest first; as text, or made ready by {@link standardWebhooksKey}. */
  readonly secrets: readonly (string | KeyObject)[];
}

/**
 * The value of `webhook-signature`: one `v1,<base64>` for each secret, in their order, separated by
 * a space, so that receivers may change over to a new secret at their own time. Each is the
 * HMAC-SHA256 of `{id}.{timestamp}.{body}` (Standard Webhooks 1.0, "Symmetric"). No secrets give
 * the empty string.
 */
export function standardWebhooksSignature(message: StandardWebhooksMessage): string {
  const head = `${message.messageId}.${message.timestampSeconds}.`;
  return message.secrets
    .map((secret) => createHmac("sha256", typeof secret === "string" ? secretKeyBytes(secret) : secret))
    .map((hmac) => `v1,${hmac.update(head).update(message.body).digest("base64")}`)
    .join(" ");
}

/** A secret made ready to sign many messages. */
export function standardWebhooksKey(secret: string): KeyObject {
  return createSecretKey(secretKeyBytes(secret));
}

/**
 * The bytes that a secret signs with. `whsec_` and the base64 of 24 to 64 bytes, as Standard
 * Webhooks asks, is those bytes. Any other secret, such as free text that an older system handed
 * out, is its own UTF-8 bytes.
 */
export function secretKeyBytes(secret: string): Uint8Array {
  if (secret.startsWith(PREFIX)) {
    const encoded = secret.slice(PREFIX.length);
    const key = Buffer.from(encoded, "base64");
    const fits = key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES;
    if (fits && BASE64.test(encoded)) return key;
  }
  return Buffer.from(secret);
}

/**
 * A secret in the form that Standard Webhooks gives it. The caller brings the random bytes; 24 to
 * 64 of them make a secret that {@link secretKeyBytes} reads back.
 */
export function formatWhsec(bytes: Uint8Array): string {
  return `${PREFIX}${Buffer.from(bytes).toString("base64")}`;
}
