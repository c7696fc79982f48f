import fc from "fast-check";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inProcessSigner } from "../../src/adapters/system/index.ts";
import { createSignRequest } from "../../src/application/deliveries/sign-request.ts";
import { formatKeyPair, formatWhsec, readKeyPair, signingSchemes } from "../../src/domain/signing/index.ts";
import { verifyWebhook } from "../../src/verify/index.ts";
import { anyJson } from "../../src/testing/arbitraries/json-values.ts";
import { canonicalJson } from "../../src/domain/message/canonical-json.ts";

const nowSeconds = 1_700_000_000;
const RUNS = Number(process.env["FC_NUM_RUNS"] ?? 10_000);

const whsec = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(formatWhsec);
const body = anyJson.map((payload) => canonicalJson(payload)._unsafeUnwrap());
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });

beforeAll(() => {
  vi.useFakeTimers({ now: nowSeconds * 1000, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

const settings = {
  ...{ userAgent: "ua", contentType: "application/json", signatureHeader: "X-Kemi-Signature" },
  ...{ headerPrefix: "webhook-", timeoutSeconds: 10 },
};

function sent(messageId: string, text: string, secrets: readonly string[], keyPairs: readonly string[] = []) {
  const schemes = signingSchemes.filter((scheme) => scheme !== "v1a" || keyPairs.length > 0);
  const target = { webhookId: "w", url: "https://a.example/", schemes, headers: {}, keyPairs };
  const sign = createSignRequest(settings, { ...target, secret: secrets[0] ?? "", signing: secrets }, inProcessSigner);
  const signed = sign({ messageId, body: Buffer.from(text), now: nowSeconds * 1000 });
  if ("then" in signed) throw new Error("the signer of this process answers at once");
  const { headers } = signed._unsafeUnwrap();
  return { headers, body: text };
}

describe("what hookledger sends", () => {
  it("is verified by standardwebhooks, svix and verifyWebhook with any of the secrets", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), body, fc.array(whsec, { minLength: 1, maxLength: 3 }), async (id, text, secrets) => {
        const request = sent(id, text, secrets);
        for (const secret of secrets) {
          const payload: unknown = JSON.parse(text);
          expect(new StandardWebhook(secret).verify(text, request.headers)).toEqual(payload);
          expect(new SvixWebhook(secret).verify(text, request.headers)).toEqual(payload);
          expect(await verifyWebhook({ ...request, secret })).toMatchObject({ ok: true, scheme: "v1", messageId: id });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("is verified by verifyWebhook with a free-text secret (v1, kemi) and with the public key (v1a)", async () => {
    const text = fc.string({ minLength: 1, unit: "grapheme" }).filter((secret) => !/^wh[ps]k_/.test(secret));
    await fc.assert(
      fc.asyncProperty(fc.uuid(), body, text, seed, async (id, sentBody, secret, bytes) => {
        const keyPair = formatKeyPair(bytes);
        const { publicKey } = readKeyPair(keyPair)._unsafeUnwrap();
        const { headers } = sent(id, sentBody, [secret], [keyPair]);
        const received = { headers: new Headers(headers), body: Buffer.from(sentBody) };
        expect(await verifyWebhook({ ...received, secret })).toMatchObject({ ok: true, scheme: "v1" });
        expect(await verifyWebhook({ ...received, publicKey })).toMatchObject({ ok: true, scheme: "v1a" });
        const onlyKemi = await verifyWebhook({ ...received, secret, schemes: ["kemi"] });
        expect(onlyKemi, "beside the others, if no other is accepted").toMatchObject({ ok: true, scheme: "kemi" });
        const kemi = { "x-kemi-signature": headers["X-Kemi-Signature"] };
        expect(await verifyWebhook({ ...received, headers: kemi, secret })).toMatchObject({ ok: true, scheme: "kemi" });
      }),
      { numRuns: RUNS / 10 },
    );
  });
});

describe("verifyWebhook", () => {
  it("reads a secret as the sender does, however many bytes are behind whsec_", async () => {
    for (let length = 0; length <= 80; length += 1) {
      const secret = formatWhsec(Buffer.alloc(length, 7));
      const verification = await verifyWebhook({ ...sent("m", "{}", [secret]), secret });
      expect(verification, `${length} bytes`).toMatchObject({ ok: true, scheme: "v1" });
    }
  });

  it("accepts what standardwebhooks and svix sign", async () => {
    const offset = fc.integer({ min: -300, max: 300 });
    await fc.assert(
      fc.asyncProperty(fc.uuid(), body, whsec, offset, async (messageId, text, secret, seconds) => {
        const at = new Date((nowSeconds + seconds) * 1000);
        for (const library of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
          const headers = {
            "webhook-id": messageId,
            "webhook-timestamp": `${nowSeconds + seconds}`,
            "webhook-signature": library.sign(messageId, at, text),
          };
          const verification = await verifyWebhook({ secret, headers, body: text });
          expect(verification).toMatchObject({ ok: true, messageId, timestamp: nowSeconds + seconds });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("refuses a request if its id, timestamp, body or secret is not the one that was signed", async () => {
    const part = fc.constantFrom("webhook-id", "webhook-timestamp", "body", "secret");
    await fc.assert(
      fc.asyncProperty(fc.uuid(), body, whsec, whsec, part, async (id, text, secret, other, changed) => {
        fc.pre(secret !== other);
        const request = sent(id, text, [secret]);
        const headers = new Headers(request.headers);
        if (changed === "webhook-id") headers.set(changed, `${id}0`);
        if (changed === "webhook-timestamp") headers.set(changed, `${nowSeconds + 1}`);
        const forged = {
          headers,
          body: changed === "body" ? `${text} ` : text,
          secret: changed === "secret" ? other : secret,
        };
        expect(await verifyWebhook(forged)).toEqual({ ok: false, reason: "signature-mismatch" });
      }),
    );
  });

  it("refuses whatever it is given, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything(),
        fc.anything(),
        fc.anything(),
        fc.anything(),
        async (secret, headers, raw, now) => {
          const verification = await Reflect.apply(verifyWebhook, null, [{ secret, headers, body: raw, now }]);
          expect(verification).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
