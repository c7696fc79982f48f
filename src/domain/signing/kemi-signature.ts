import { createHmac, timingSafeEqual } from "node:crypto";
import type { Result } from "neverthrow";
import { canonicalJson } from "../message/canonical-json.ts";
import type { NotJson } from "../message/not-json.ts";
import { hmacKey, type HmacKey } from "./hmac.ts";

/**
 * Returns the value of `X-Kemi-Signature` for a payload: HMAC-SHA256 of its canonical JSON, in lower-case hex, keyed
 * with the UTF-8 bytes of the secret (kemi's `sign_payload`). Any secret signs, including the empty one.
 *
 * Fails with {@link NotJson} if the payload has no JSON form.
 */
export function signPayload(payload: unknown, secret: string): Result<string, NotJson> {
  return canonicalJson(payload).map((body) => signBody(body, secret));
}

/** Makes a secret ready to sign many bodies as {@link signBody} does. */
export function kemiKey(secret: string): HmacKey {
  return hmacKey(Buffer.from(secret));
}

/** Signs, as {@link signPayload} does, a body that is ready to send: its bytes are signed unchanged. */
export function signBody(body: string | Uint8Array, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/**
 * Whether `signature` is the one that {@link signBody} gives for the raw body, compared in constant time. Takes
 * whatever the request's header contained; anything but exactly the 64 hex digits is false.
 */
export function verifyPayload(body: string | Uint8Array, signature: unknown, secret: string): boolean {
  if (typeof signature !== "string") return false;
  const given = Buffer.from(signature);
  const expected = Buffer.from(signBody(body, secret));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
