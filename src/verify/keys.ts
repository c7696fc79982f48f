import { decodeBase64 } from "./base64.ts";
import { hmacSha256, type Bytes } from "./hmac.ts";

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;

/** The most keys that are remembered. Importing one takes as long as a signature. */
const MOST_REMEMBERED = 64;

/**
 * Returns a secret as the sender's bytes: `whsec_` and the base64 of 24 to 64 bytes stands for those bytes, any other
 * text for its own UTF-8 bytes.
 */
function secretBytes(secret: string): Bytes {
  const key = secret.startsWith("whsec_") ? decodeBase64(secret.slice(6)) : null;
  return key !== null && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : utf8(secret);
}

export const secretHmac = remembering((secret) => hmacSha256(secretBytes(secret)));

/** The HMAC of the kemi header, which is keyed with the text of the secret, whatever its form. */
export const textHmac = remembering((secret) => hmacSha256(utf8(secret)));

/**
 * Imports `whpk_` and the base64 of an ed25519 public key. Null if it is not one; rejects if the runtime has no
 * ed25519.
 */
export const ed25519Key = remembering(async (publicKey): Promise<Key | null> => {
  const bytes = publicKey.startsWith("whpk_") ? decodeBase64(publicKey.slice(5)) : null;
  return bytes?.length === PUBLIC_KEY_BYTES
    ? crypto.subtle.importKey("raw", bytes, { name: "Ed25519" }, false, ["verify"])
    : null;
});

const encoder = new TextEncoder();

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

function remembering<T>(load: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const loading = load(text);
    known.set(text, loading);
    return loading;
  };
}
