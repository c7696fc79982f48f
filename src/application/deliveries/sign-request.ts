import { err, ok, ResultAsync, type Result } from "neverthrow";
import { signedContent, type SigningScheme } from "../../domain/signing/index.ts";
import type { WebhookHeaders } from "../../domain/webhook/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import type { HttpRequest } from "../../ports/http-client.ts";
import type { Sign, Signer, SigningFailed } from "../../ports/signer.ts";
import { reservedHeaders, standardHeaders, type RequestSettings } from "./request-settings.ts";

/** Where a webhook's requests go, and what they carry besides the message. */
export interface Target {
  readonly webhookId: string;
  readonly url: string;
  readonly schemes: readonly SigningScheme[];
  /** The newest secret, which signs kemi's header. */
  readonly secret: string;
  /** The secrets in force, the newest first; all of them sign by `v1`. */
  readonly signing: readonly string[];
  /** The private keys in force, the newest first; all of them sign by `v1a`. */
  readonly keyPairs: readonly string[];
  /** The webhook's own headers. */
  readonly headers: WebhookHeaders;
}

export interface UnsignedMessage {
  readonly messageId: string;
  /** Canonical JSON in UTF-8. These bytes are signed, and these bytes are sent. */
  readonly body: Uint8Array;
  readonly now: EpochMs;
}

/** At once if the signer answers at once. */
export type Signed<T> = Result<T, SigningFailed> | ResultAsync<T, SigningFailed>;

/** Makes the request of one attempt, with the headers of its webhook's schemes and the webhook's own. */
export type SignRequest = (message: UnsignedMessage) => Signed<HttpRequest>;

interface Key {
  readonly scheme: SigningScheme;
  readonly secret: string;
}

/** Prepares once what every request to a webhook has in common. */
export function createSignRequest(settings: RequestSettings, target: Target, signer: Signer): SignRequest {
  const { url, headers: own } = target;
  const { timeoutSeconds, signatureHeader } = settings;
  const [idHeader, timestampHeader, standardHeader] = standardHeaders(settings);
  const keys = keysOf(target);
  const isStandard = keys.some(({ scheme }) => scheme !== "kemi");
  const isKemi = keys.some(({ scheme }) => scheme === "kemi");
  const template = templateOf(settings, own, isStandard, isKemi);
  let signs: readonly Sign[] | null = null;

  function signedHeaders(messageId: string, timestampSeconds: number, signatures: readonly Uint8Array[]) {
    // Copying an object and setting the properties that it already has is quicker than adding new ones.
    const headers = { ...template };
    headers[idHeader] = messageId;
    headers[timestampHeader] = String(timestampSeconds);
    const standard: string[] = [];
    signatures.forEach((bytes, index) => {
      const scheme = keys[index]?.scheme;
      if (scheme === "kemi") headers[signatureHeader] = textOf(bytes, "hex");
      else standard.push(`${scheme},${textOf(bytes, "base64")}`);
    });
    if (isStandard) headers[standardHeader] = standard.join(" ");
    return headers;
  }

  return ({ messageId, body, now }) => {
    const timestampSeconds = Math.floor(now / 1000);
    const content = isStandard ? signedContent({ messageId, timestampSeconds, body }) : body;
    // Not earlier: a signer that throws is to fail an attempt, and nothing else.
    signs ??= keys.map((key) => signer.keyFor({ webhookId: target.webhookId, ...key }));
    const signed = signs.map((sign, index) => sign(keys[index]?.scheme === "kemi" ? body : content));
    const signatures =
      atOnce(signed) ?? ResultAsync.combine(signed.map((one) => new ResultAsync(Promise.resolve(one))));
    const requestWith = (all: readonly Uint8Array[]): HttpRequest => {
      return { url, body, timeoutSeconds, headers: signedHeaders(messageId, timestampSeconds, all) };
    };
    return isAsync(signatures) ? signatures.map(requestWith) : signatures.map(requestWith);
  };
}

/** Returns the keys in the order of their signatures. */
function keysOf({ schemes, secret, signing, keyPairs }: Target): readonly Key[] {
  const secrets = { kemi: [secret], v1: signing, v1a: keyPairs };
  return schemes.flatMap((scheme) => secrets[scheme].map((one) => ({ scheme, secret: one })));
}

/** Returns null if one of the signatures comes later. */
function atOnce(signed: readonly Signed<Uint8Array>[]): Result<readonly Uint8Array[], SigningFailed> | null {
  const signatures: Uint8Array[] = [];
  for (const one of signed) {
    if (isAsync(one)) return null;
    if (one.isErr()) return err(one.error);
    signatures.push(one.value);
  }
  return ok(signatures);
}

function isAsync<T>(signed: Signed<T>): signed is ResultAsync<T, SigningFailed> {
  return "then" in signed;
}

function textOf(bytes: Uint8Array, encoding: "hex" | "base64"): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
}

function templateOf(
  settings: RequestSettings,
  own: WebhookHeaders,
  isStandard: boolean,
  isKemi: boolean,
): Readonly<Record<string, string>> {
  const [idHeader, timestampHeader, standardHeader] = standardHeaders(settings);
  // The settings may since have given a signature header a name that one of the webhook's own headers has.
  const kept = without(own, reservedHeaders(settings));
  const replaceable = { "Content-Type": settings.contentType, "User-Agent": settings.userAgent };
  const common = { ...without(replaceable, Object.keys(kept)), ...kept };
  return {
    ...common,
    ...(isKemi && { [settings.signatureHeader]: "" }),
    [idHeader]: "",
    [timestampHeader]: "",
    ...(isStandard && { [standardHeader]: "" }),
  };
}

/** Returns the headers whose names are none of `others`, whatever their case. */
function without(headers: WebhookHeaders, others: readonly string[]): WebhookHeaders {
  const names = new Set(others.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase())));
}
