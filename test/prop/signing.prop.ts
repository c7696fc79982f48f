import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { canonicalJson } from "../../src/domain/message/canonical-json.ts";
import {
  formatWhsec,
  hmacSha256,
  kemiKey,
  secretKeyBytes,
  signBody,
  signPayload,
  verifyPayload,
} from "../../src/domain/signing/index.ts";
import { anyJson } from "../../src/testing/arbitraries/json-values.ts";
import { standardWebhooksSignature } from "../support/standard-webhooks-signature.ts";

const anySecret = fc.string({ unit: "binary" });
const anyBody = fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array());
const whsec = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(formatWhsec);

function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at >> 3 ? byte ^ (1 << (at & 7)) : byte));
}

describe("hmacSha256", () => {
  it("equals Node's HMAC, for keys shorter and longer than a block", () => {
    const anyKey = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: "grapheme", maxLength: 100 }));
    fc.assert(
      fc.property(anyKey, fc.uint8Array({ maxLength: 300 }), (key, content) => {
        const expected = createHmac("sha256", key).update(content).digest("hex");
        expect(Buffer.from(hmacSha256(content, kemiKey(key))).toString("hex")).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the kemi signature", () => {
  it("is 64 hex digits, and the same each time", () => {
    fc.assert(
      fc.property(anyJson, anySecret, (payload, secret) => {
        const signature = signPayload(payload, secret)._unsafeUnwrap();
        expect(signature).toMatch(/^[0-9a-f]{64}$/);
        expect(signPayload(payload, secret)._unsafeUnwrap()).toBe(signature);
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), anySecret, (payload, secret) => {
        const reversed = Object.fromEntries(Object.entries(payload).reverse());
        expect(signPayload(reversed, secret)).toStrictEqual(signPayload(payload, secret));
      }),
    );
  });

  it("signs the canonical bytes", () => {
    fc.assert(
      fc.property(anyJson, anySecret, (payload, secret) => {
        const body = canonicalJson(payload)._unsafeUnwrap();
        expect(signPayload(payload, secret)._unsafeUnwrap()).toBe(signBody(body, secret));
      }),
    );
  });

  it("verifies with the body and the secret that were signed", () => {
    fc.assert(
      fc.property(anyBody, anySecret, (body, secret) => {
        expect(verifyPayload(body, signBody(body, secret), secret)).toBe(true);
      }),
    );
  });

  it("does not verify once a bit of the body is flipped", () => {
    const bodyAndBit = fc
      .uint8Array({ minLength: 1 })
      .chain((body) => fc.tuple(fc.constant(body), fc.nat(body.length * 8 - 1)));
    fc.assert(
      fc.property(bodyAndBit, anySecret, ([body, bit], secret) => {
        expect(verifyPayload(flipBit(body, bit), signBody(body, secret), secret)).toBe(false);
      }),
    );
  });

  it("does not verify once a bit of the signature is flipped", () => {
    fc.assert(
      fc.property(anyBody, anySecret, fc.nat(64 * 8 - 1), (body, secret, bit) => {
        const flipped = flipBit(Buffer.from(signBody(body, secret)), bit);
        expect(verifyPayload(body, Buffer.from(flipped).toString("latin1"), secret)).toBe(false);
      }),
    );
  });

  it("does not verify, and never throws, whatever is given as the signature", () => {
    fc.assert(
      fc.property(fc.anything(), (signature) => {
        expect(verifyPayload("{}", signature, "secret")).toBe(false);
      }),
    );
  });
});

describe("the Standard Webhooks signature", () => {
  const nowSeconds = 1_700_000_000;
  const message = fc.record({
    messageId: fc.uuid(),
    timestampSeconds: fc.integer({ min: nowSeconds - 299, max: nowSeconds + 299 }),
    body: anyJson.map((payload) => canonicalJson(payload)._unsafeUnwrap()),
    secrets: fc.array(whsec, { minLength: 1, maxLength: 3 }),
  });

  beforeAll(() => {
    vi.useFakeTimers({ now: nowSeconds * 1000, toFake: ["Date"] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });

  it("is accepted by standardwebhooks and by svix, with any secret in force", () => {
    fc.assert(
      fc.property(message, (sent) => {
        const headers = {
          "webhook-id": sent.messageId,
          "webhook-timestamp": String(sent.timestampSeconds),
          "webhook-signature": standardWebhooksSignature(sent),
        };
        for (const secret of sent.secrets) {
          const payload: unknown = JSON.parse(sent.body);
          expect(new StandardWebhook(secret).verify(sent.body, headers)).toEqual(payload);
          expect(new SvixWebhook(secret).verify(sent.body, headers)).toEqual(payload);
        }
      }),
    );
  });

  it("is accepted by standardwebhooks with the raw key if the secret is free text", () => {
    fc.assert(
      fc.property(message, fc.string({ minLength: 1 }), (sent, text) => {
        const receiver = new StandardWebhook(secretKeyBytes(text), { format: "raw" });
        const headers = {
          "webhook-id": sent.messageId,
          "webhook-timestamp": String(sent.timestampSeconds),
          "webhook-signature": standardWebhooksSignature({ ...sent, secrets: [text] }),
        };
        receiver.verify(sent.body, headers, { jsonParse: false });
      }),
    );
  });

  it("is refused by standardwebhooks with a secret that is not in force", () => {
    fc.assert(
      fc.property(message, whsec, (sent, other) => {
        fc.pre(!sent.secrets.includes(other));
        const headers = {
          "webhook-id": sent.messageId,
          "webhook-timestamp": String(sent.timestampSeconds),
          "webhook-signature": standardWebhooksSignature(sent),
        };
        expect(() => new StandardWebhook(other).verify(sent.body, headers)).toThrow("No matching signature found");
      }),
    );
  });

  it("uses the bytes of a whsec_ secret, and the UTF-8 bytes of any other secret", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.string(), (key, text) => {
        fc.pre(!text.startsWith("whsec_"));
        expect(Buffer.from(secretKeyBytes(formatWhsec(key))).equals(key)).toBe(true);
        expect(Buffer.from(secretKeyBytes(text)).toString("utf8")).toBe(text);
      }),
    );
  });
});
