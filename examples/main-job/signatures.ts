// The receiver's own verification. It shares no code with hookledger, so if both sides agree, they agree on the bytes
// and not on a common mistake.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** HMAC-SHA256 over the raw body, in hex, as kemi's receivers check it. */
export function isKemiSignatureValid(rawBody: Buffer, headers: RequestHeaders, secret: string): boolean {
  const given = Buffer.from(headers["x-kemi-signature"] ?? "", "hex");
  const wanted = createHmac("sha256", secret).update(rawBody).digest();
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** `webhook-id`, `webhook-timestamp` and `webhook-signature`, checked by the specification's own package. */
export function isStandardWebhooksValid(rawBody: Buffer, headers: RequestHeaders, secret: string): boolean {
  const webhook = secret.startsWith("whsec_") ? new Webhook(secret) : new Webhook(secret, { format: "raw" });
  try {
    webhook.verify(rawBody, {
      "webhook-id": headers["webhook-id"] ?? "",
      "webhook-timestamp": headers["webhook-timestamp"] ?? "",
      "webhook-signature": headers["webhook-signature"] ?? "",
    });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
