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
  const fixed = {
    "Content-Type": settings.contentType,
    "User-Agent": settings.userAgent,
    [settings.signatureHeader]: signBody(body, secret),
    "webhook-id": messageId,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": standardWebhooksSignature({ messageId, timestampSeconds, body, secrets: signing }),
  };
  return { url, headers: { ...without(fixed, headers), ...headers }, body, timeoutSeconds: settings.timeoutSeconds };
}

/** The webhook's own `Content-Type` or `User-Agent` replaces ours, however either is spelled. */
function without(fixed: Headers, own: Headers): Headers {
  const replaced = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(fixed).filter(([name]) => !replaced.has(name.toLowerCase())));
}
