import { hash } from "node:crypto";

/** A secret made ready to sign many contents: the blocks that its two hashes begin with. */
export interface HmacKey {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/** What SHA-256 works on at a time (FIPS 180-4, 1). */
const BLOCK_BYTES = 64;

/** Any secret will do, the empty one as well; its hash stands for one that is longer than a block (RFC 2104, 2). */
export function hmacKey(secret: Uint8Array): HmacKey {
  const key = Buffer.alloc(BLOCK_BYTES);
  key.set(secret.byteLength > BLOCK_BYTES ? hash("sha256", secret, "buffer") : secret);
  return { inner: key.map((byte) => byte ^ 0x36), outer: key.map((byte) => byte ^ 0x5c) };
}

/**
 * HMAC-SHA256 (RFC 2104, 2), made of two hashes. Every attempt waits for some, and for each `createHmac` makes an
 * object inside and outside of V8, which takes longer than to hash what a webhook carries.
 */
export function hmacSha256(content: Uint8Array, { inner, outer }: HmacKey): Uint8Array {
  return sha256(outer, sha256(inner, content));
}

/** By way of a string, whose bytes come out of Node's pool: for those of a digest, memory is allocated each time. */
function sha256(block: Uint8Array, content: Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", Buffer.concat([block, content]), "binary"), "binary");
}
