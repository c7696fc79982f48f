import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatKeyPair, readKeyPair, signedContent, ed25519Signature } from "../../src/domain/signing/index.ts";
import type { Verification, VerifyInput } from "../../src/verify/index.ts";
import { standardWebhooksSignature } from "../support/standard-webhooks-signature.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"test": 1}';
const timestampSeconds = 1_767_225_600;
const now = timestampSeconds * 1000;

const pairs = Array.from({ length: 65 }, (_, index) => {
  const { privateKey, publicKey } = readKeyPair(formatKeyPair(Buffer.alloc(32, index + 1)))._unsafeUnwrap();
  return { privateKey, publicKey };
});

let verifyWebhook: (input: VerifyInput) => Promise<Verification>;

/** The module remembers keys, so each test imports it anew. */
beforeEach(async () => {
  vi.resetModules();
  ({ verifyWebhook } = await import("../../src/verify/index.ts"));
});
afterEach(() => void vi.restoreAllMocks());

function signed(messageId: string): string {
  return standardWebhooksSignature({ messageId, timestampSeconds, body, secrets: [secret] });
}

function headers(signature: string, messageId = "m") {
  return { "webhook-id": messageId, "webhook-timestamp": `${timestampSeconds}`, "webhook-signature": signature };
}

/** Verifies a request that was signed with one of the key pairs, with its public key. */
function verifyByPair({ privateKey, publicKey }: Pick<(typeof pairs)[number], "privateKey" | "publicKey">) {
  const content = signedContent({ messageId: "m", timestampSeconds, body });
  const signature = `v1a,${ed25519Signature(content, privateKey).toString("base64")}`;
  return verifyWebhook({ publicKey, headers: headers(signature), body, now });
}

describe("verifyWebhook", () => {
  it("looks at 32 signatures, and ignores any beyond that", async () => {
    const wrong = `v1,${Buffer.alloc(32).toString("base64")}`;
    const among = (count: number) => [...Array.from({ length: count }, () => wrong), signed("m")].join(" ");
    expect(await verifyWebhook({ secret, headers: headers(among(31)), body, now })).toMatchObject({ ok: true });
    expect(await verifyWebhook({ secret, headers: headers(among(32)), body, now })).toEqual({
      ok: false,
      reason: "signature-mismatch",
    });
  });

  it("gives the bytes of the body whatever the id is, also if the id is longer in bytes than in characters", async () => {
    const verification = await verifyWebhook({ secret, headers: headers(signed("é€"), "é€"), body, now });
    expect(verification).toMatchObject({ ok: true, messageId: "é€", payload: new TextEncoder().encode(body) });
  });

  it("takes Node's headers for an object of headers even if the sender's are called as the methods of fetch's", async () => {
    const named = { ...headers(signed("m")), get: "1", has: "2" };
    expect(await verifyWebhook({ secret, headers: named, body, now })).toMatchObject({ ok: true });
  });

  it("answers ed25519-unsupported if the runtime cannot import such a key, and does not reject", async () => {
    vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(new DOMException("unknown", "NotSupportedError"));
    for (const pair of pairs.slice(0, 2))
      expect(await verifyByPair(pair)).toEqual({ ok: false, reason: "ed25519-unsupported" });
  });

  it("imports a key once, and forgets it when it has remembered 64", async () => {
    const imports = vi.spyOn(crypto.subtle, "importKey");
    const [first, ...others] = pairs;
    const expectImports = async (pair: (typeof pairs)[number] | undefined, count: number) => {
      expect(pair && (await verifyByPair(pair))).toMatchObject({ ok: true, scheme: "v1a" });
      expect(imports).toHaveBeenCalledTimes(count);
    };
    await expectImports(first, 1);
    await expectImports(first, 1);
    for (const [index, other] of others.slice(0, 63).entries()) await expectImports(other, index + 2);
    await expectImports(first, 64);
    await expectImports(others[63], 65);
    await expectImports(first, 66);
  });
});
