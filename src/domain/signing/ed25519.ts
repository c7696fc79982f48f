import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";
import { decodeBase64 } from "./base64.ts";

const PRIVATE_PREFIX = "whsk_";
const PUBLIC_PREFIX = "whpk_";
export const SEED_BYTES = 32;

/** The bytes before the seed in a PKCS #8 private key of ed25519 (RFC 8410, 7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** A key pair that is ready to sign. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  /** `whpk_` and the base64 of the public key: what the receiver gets. */
  readonly publicKey: string;
}

/**
 * Parses a private key: `whsk_` and the base64 of the seed and the public key, 64 bytes, as Svix lays them out.
 *
 * `InvalidInput` if it is not that, or if the public key is not the seed's: signing with halves of two different keys
 * gives the seed away.
 */
export function readKeyPair(text: unknown): Result<KeyPair, InvalidInput> {
  const refused = (rule: string) => err(invalidInput("keyPair", rule, text));
  const bytes =
    typeof text === "string" && text.startsWith(PRIVATE_PREFIX)
      ? decodeBase64(text.slice(PRIVATE_PREFIX.length))
      : null;
  if (bytes?.length !== 2 * SEED_BYTES)
    return refused("must be whsk_ and the base64 of 64 bytes, the seed and its public key");
  const pair = keyPairOf(bytes.subarray(0, SEED_BYTES));
  const half = PUBLIC_PREFIX + bytes.subarray(SEED_BYTES).toString("base64");
  return pair.publicKey === half ? ok(pair) : refused("must contain the public key that belongs to its seed");
}

/** Whether the text is `whpk_` and the base64 of 32 bytes, as the public key of `v1a` is written. */
export function isPublicKey(text: unknown): boolean {
  if (typeof text !== "string" || !text.startsWith(PUBLIC_PREFIX)) return false;
  return decodeBase64(text.slice(PUBLIC_PREFIX.length))?.length === SEED_BYTES;
}

/** Writes a private key in the form that {@link readKeyPair} reads. The caller supplies 32 random bytes. */
export function formatKeyPair(seed: Uint8Array): string {
  const { publicKey } = keyPairOf(seed);
  const half = Buffer.from(publicKey.slice(PUBLIC_PREFIX.length), "base64");
  return PRIVATE_PREFIX + Buffer.concat([seed, half]).toString("base64");
}

/** Returns the signature of `v1a`: ed25519 over the same content as `v1` (Standard Webhooks 1.0, "Asymmetric"). */
export function ed25519Signature(content: Uint8Array, privateKey: KeyObject): Buffer {
  return sign(null, content, privateKey);
}

function keyPairOf(seed: Uint8Array): KeyPair {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, publicKey: PUBLIC_PREFIX + Buffer.from(x, "base64url").toString("base64") };
}
