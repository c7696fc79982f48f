import { hash } from "node:crypto";

/** A secret made ready to sign many contents: the blocks with which its two hashes begin. */
export interface HmacKey {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/** The size of a block of SHA-256 (FIPS 180-4, 1). */
const BLOCK_BYTES = 64;

/** Accepts any secret, including the empty one. A secret longer than a block is replaced by its hash (RFC 2104, 2). */
export function hmacKey(secret: Uint8Array): HmacKey {
  const key = Buffer.alloc(BLOCK_BYTES);
  key.set(secret.byteLength > BLOCK_BYTES ? hash("sha256", secret, "buffer") : secret);
  return { inner: key.map((byte) => byte ^ 0x36), outer: key.map((byte) => byte ^ 0x5c) };
}

/**
 * HMAC-SHA256 (RFC 2104, 2), made of two hashes. Every attempt waits for some of these. `createHmac` makes an object
 * inside and outside of V8 for each, which takes longer than hashing what a webhook carries.
 */
export function hmacSha256(content: Uint8Array, { inner, outer }: HmacKey): Uint8Array {
  return sha256(outer, sha256(inner, content));
}

/**
 * Goes through a string, whose bytes come from Node's pool: for the bytes of a digest, memory is allocated each time.
 */
function sha256(block: Uint8Array, content: Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", Buffer.concat([block, content]), "binary"), "binary");
}
