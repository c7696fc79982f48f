import { signBody, standardWebhooksSignature } from "../../domain/signing/index.ts";
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

export interface Unsigned {
  readonly url: string;
  readonly messageId: string;
  /** Canonical JSON. These bytes are signed, and these bytes are sent. */
  readonly body: string;
  /** Signs the seed's header. */
  readonly secret: string;
  /** The secrets in force, the newest first; all of them sign Standard Webhooks' header. */
  readonly signing: readonly string[];
  readonly headers: Headers;
  readonly now: EpochMs;
}

/** The request of one attempt: the seed's three headers, Standard Webhooks' three, and the webhook's own. */
export function signRequest(settings: RequestSettings, unsigned: Unsigned): HttpRequest {
  const { url, messageId, secret, signing, headers, now } = unsigned;
  const body = new TextEncoder().encode(unsigned.body);
  const timestampSeconds = Math.floor(now / 1000);
  const replaceable = { "Content-Type": settings.contentType, "User-Agent": settings.userAgent };
  const signatures = {
    [settings.signatureHeader]: signBody(body, secret),
    "webhook-id": messageId,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": standardWebhooksSignature({ messageId, timestampSeconds, body, secrets: signing }),
  };
  // The signature header's name is a setting: it may have become the name of a header that a webhook had before.
  const own = without(headers, signatures);
  return {
    url,
    headers: { ...without(replaceable, own), ...signatures, ...own },
    body,
    timeoutSeconds: settings.timeoutSeconds,
  };
}

/** The headers that `others` have none of the same name for, however it is spelled. */
function without(headers: Headers, others: Headers): Headers {
  const names = new Set(Object.keys(others).map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())));
}
