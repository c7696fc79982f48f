export type Bytes = Uint8Array<ArrayBuffer>;

/** HMAC-SHA256 under one key. */
export type Hmac = (content: Bytes) => Uint8Array | Promise<Uint8Array>;

/** The part of Node's crypto that is used if a runtime lends it without an import. */
interface Runtime {
  readonly process?: {
    readonly getBuiltinModule?: (id: "crypto") => OwnCrypto | undefined;
  };
}

interface OwnCrypto {
  createHmac(hash: "sha256", key: Bytes): { update(content: Bytes): { digest(): Uint8Array } };
}

/**
 * Uses the runtime's own crypto if it can. Node from 20.16 on, Bun and Deno lend theirs, which answers synchronously.
 * Web Crypto, which every runtime has, hands each HMAC to another thread; that takes several times as long as the HMAC
 * of a webhook.
 */
export function hmacSha256(key: Bytes): Hmac {
  const own = ownHmac(key);
  if (own !== null) return own;
  const imported = crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return async (content) => new Uint8Array(await crypto.subtle.sign("HMAC", await imported, content));
}

/** Returns null if a trial fails: in some runtimes the functions of `process` throw, or the crypto is incomplete. */
function ownHmac(key: Bytes): Hmac | null {
  const runtime: Runtime = globalThis;
  try {
    const own = runtime.process?.getBuiltinModule?.("crypto");
    if (own === undefined) return null;
    const hmac: Hmac = (content) => own.createHmac("sha256", key).update(content).digest();
    void hmac(key);
    return hmac;
  } catch {
    return null;
  }
}
