import { verifyWebhook } from "hookledger/verify";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { inProcessSigner } from "../../src/adapters/system/index.ts";
import { createSignRequest } from "../../src/application/deliveries/sign-request.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** What is made once per webhook, such as a key, is made before the clock runs. */
export interface Library {
  readonly name: string;
  /** The headers of a message, by `v1`. */
  sign(messageId: string, body: Buffer, now: Date): Readonly<Record<string, string>>;
  /** The parsed payload. Throws or rejects if the signature is wrong. */
  verify(headers: Readonly<Record<string, string>>, body: Buffer): unknown;
}

/** What the engine does for each attempt: it makes the whole request, not only the signature. */
const signRequest = createSignRequest(
  {
    ...{ userAgent: "bench", contentType: "application/json", timeoutSeconds: 10 },
    ...{ signatureHeader: "X-Signature", headerPrefix: "webhook-" },
  },
  {
    ...{ webhookId: "w", url: "https://receiver.example/", schemes: ["v1"], headers: {} },
    ...{ secret, signing: [secret], keyPairs: [] },
  },
  inProcessSigner,
);

export const hookledger: Library = {
  name: "hookledger",
  sign(messageId, body, now) {
    const signed = signRequest({ messageId, body, now: now.getTime() });
    if (!("isOk" in signed)) throw new Error("the key is in this process, so it signs at once");
    return signed._unsafeUnwrap().headers;
  },
  async verify(headers, body) {
    const verification = await verifyWebhook({ secret, headers, body });
    if (!verification.ok) throw new Error(verification.reason);
    const payload: unknown = JSON.parse(Buffer.from(verification.payload).toString());
    return payload;
  },
};

function peer(name: string, webhook: StandardWebhook | SvixWebhook): Library {
  return {
    name,
    sign: (messageId, body, now) => ({
      "webhook-id": messageId,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": webhook.sign(messageId, now, body),
    }),
    verify: (headers, body) => webhook.verify(body, headers),
  };
}

export const peers: readonly Library[] = [
  peer("standardwebhooks", new StandardWebhook(secret)),
  peer("svix", new SvixWebhook(secret)),
];
