import { decodeBase64 } from "./base64.ts";
import type { Bytes } from "./hmac.ts";
import { ed25519Key, secretHmac, textHmac, utf8 } from "./keys.ts";
import { failed, type Verification, type VerifyFailure } from "./verification.ts";

/** More signatures than any sender makes. Any beyond that are ignored. */
const MOST_SIGNATURES = 32;

/** Tells which of the header's signatures is right, or why none is. */
export async function matchingScheme(
  header: string,
  content: Bytes,
  secrets: readonly string[],
  publicKeys: readonly string[],
): Promise<"v1" | "v1a" | VerifyFailure> {
  // A comma separates signatures that came in several lines.
  const given = header.split(/,? /, MOST_SIGNATURES).map((part) => part.split(","));
  const ofVersion = (version: string) =>
    given.flatMap(([name, text = "", ...rest]) => (name === version && rest.length === 0 ? [decodeBase64(text)] : []));
  const symmetric = secrets.length > 0 ? ofVersion("v1") : [];
  const asymmetric = publicKeys.length > 0 ? ofVersion("v1a") : [];
  if (symmetric.length + asymmetric.length === 0) return "no-known-signature";
  for (const secret of symmetric.length > 0 ? secrets : []) {
    const expected = await secretHmac(secret)(content);
    if (symmetric.some((bytes) => bytes !== null && equal(bytes, expected))) return "v1";
  }
  for (const publicKey of asymmetric.length > 0 ? publicKeys : []) {
    const key = await ed25519Key(publicKey).catch(() => "ed25519-unsupported" as const);
    if (typeof key === "string") return key;
    if (key === null) return "invalid-public-key";
    for (const bytes of asymmetric) {
      if (bytes !== null && (await crypto.subtle.verify("Ed25519", key, bytes, content))) return "v1a";
    }
  }
  return "signature-mismatch";
}

/** Checks the signature of the body alone, in hex. */
export async function verifyKemi(signature: string, secrets: readonly string[], payload: Bytes): Promise<Verification> {
  if (secrets.length === 0) return failed("no-key");
  for (const secret of secrets) {
    const expected = await textHmac(secret)(payload);
    const hex = Array.from(expected, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (equal(utf8(signature), utf8(hex))) {
      return { ok: true, scheme: "kemi", messageId: null, timestamp: null, payload };
    }
  }
  return failed("signature-mismatch");
}

/** Compares in a time that depends on the lengths alone. */
function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  left.forEach((byte, index) => (difference |= byte ^ (right[index] ?? 0)));
  return difference === 0;
}
