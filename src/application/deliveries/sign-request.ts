import { kemiKey, signBody, standardWebhooksKey, standardWebhooksSignature } from "../../domain/signing/index.ts";
import type { Headers } from "../../domain/webhook/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { HttpRequest } from "../../ports/http-client.ts";

/** How requests look, for the whole instance. */
export interface RequestSettings {
  /** `kemi-webhook/1.0` by default, as in the seed. */
  readonly userAgent: string;
  /** `application/json` by default. */
  readonly contentType: string;
  /** The name of the header with the seed's signature; `X-Kemi-Signature` by default. */
  readonly signatureHeader: string;
  /** For one attempt, the response's body included; 10 by default. */
  readonly timeoutSeconds: number;
}

/** Where a webhook's requests go, and what they carry beside the message. */
export interface Target {
  readonly url: string;
  /** Signs the seed's header. */
  readonly secret: string;
  /** The secrets in force, the newest first; all of them sign Standard Webhooks' header. */
  readonly signing: readonly string[];
  /** The webhook's own. */
  readonly headers: Headers;
}

export interface UnsignedMessage {
  readonly messageId: string;
  /** Canonical JSON in UTF-8. These bytes are signed, and these bytes are sent. */
  readonly body: Uint8Array;
  readonly now: EpochMs;
}

/** Makes the request of one attempt: the seed's three headers, Standard Webhooks' three, and the webhook's own. */
export type SignRequest = (message: UnsignedMessage) => HttpRequest;

/** Prepares once what every request to a webhook has in common. */
export function createSignRequest(settings: RequestSettings, { url, secret, signing, headers }: Target): SignRequest {
  const { signatureHeader, timeoutSeconds } = settings;
  const [kemi, standard] = [kemiKey(secret), signing.map(standardWebhooksKey)];
  const replaceable = { "Content-Type": settings.contentType, "User-Agent": settings.userAgent };
  const signed = [signatureHeader, "webhook-id", "webhook-timestamp", "webhook-signature"];
  // The signature header's name is a setting: it may have become the name of a header that a webhook had before.
  const own = without(headers, signed);
  const common = { ...without(replaceable, Object.keys(own)), ...own };
  // To copy an object and to set what it has already is quicker than to add to one.
  const template: Record<string, string> = { ...common, ...Object.fromEntries(signed.map((name) => [name, ""])) };
  return ({ messageId, body, now }) => {
    const timestampSeconds = Math.floor(now / 1000);
    const headers = { ...template };
    headers[signatureHeader] = signBody(body, kemi);
    headers["webhook-id"] = messageId;
    headers["webhook-timestamp"] = String(timestampSeconds);
    headers["webhook-signature"] = standardWebhooksSignature({ messageId, timestampSeconds, body, secrets: standard });
    return { url, headers, body, timeoutSeconds };
  };
}

/** The headers whose names are none of `others`, however they are spelled. */
function without(headers: Headers, others: readonly string[]): Headers {
  const names = new Set(others.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())));
}
