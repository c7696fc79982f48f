import { decodeBase64 } from "./base64.ts";
import { headerReader, type ReadHeader, type ReceivedHeaders } from "./headers.ts";
import type { Bytes } from "./hmac.ts";
import { unknownName, type NamesOf } from "./known-names.ts";
import { ed25519Key, secretHmac, textHmac, utf8 } from "./keys.ts";

export interface VerifyInput {
  /** The webhook's secret, for `v1` and the kemi header; several while you change over from one to the next. */
  readonly secret?: string | readonly string[] | undefined;
  /** The webhook's public key, `whpk_…`, for `v1a`. */
  readonly publicKey?: string | readonly string[] | undefined;
  readonly headers: ReceivedHeaders;
  /** The raw body, as it came: JSON that was parsed and written again is not what was signed. */
  readonly body: string | Uint8Array | ArrayBuffer;
  /**
   * Only signatures of these are taken; any, if not given. The kemi header vouches for the body alone, so whoever has seen a request
   * that has it can send it again for ever, the other headers left out: without `"kemi"` in the list, that is refused.
   */
  readonly schemes?: readonly VerifyScheme[] | undefined;
  /** How far `webhook-timestamp` may be from now, either way; 300 by default. */
  readonly toleranceSeconds?: number | undefined;
  /** Milliseconds since 1970, or a date; the time now, if not given. */
  readonly now?: number | Date | undefined;
  /** The header with the seed's signature; `x-kemi-signature` by default. */
  readonly kemiHeader?: string | undefined;
}

const names: NamesOf<VerifyInput> = {
  secret: true,
  publicKey: true,
  headers: true,
  body: true,
  schemes: true,
  toleranceSeconds: true,
  now: true,
  kemiHeader: true,
};

/**
 * The check that failed:
 *
 * - `no-key`: neither a secret nor a public key was given, or an empty one
 * - `invalid-secret`: it is a `whpk_` or `whsk_` key, which would make the HMAC's key public or belongs to the sender
 * - `invalid-public-key`: it is not `whpk_` and the base64 of 32 bytes
 * - `body-not-raw`: it is neither a string nor bytes
 * - `missing-id`, `missing-timestamp`, `missing-signature`: the header is not there, or empty
 * - `invalid-timestamp`: it is not in whole seconds
 * - `timestamp-too-old`, `timestamp-too-new`: it is out of tolerance
 * - `no-known-signature`: none is of a version that a key was given for
 * - `signature-mismatch`: none is the right one
 * - `ed25519-unsupported`: this runtime's Web Crypto has no ed25519
 * - `invalid-input`: it has an option that there is not, which the `message` names, `schemes` is no array, or it could not be read at all
 */
export type VerifyFailure =
  | "no-key"
  | "invalid-secret"
  | "invalid-public-key"
  | "body-not-raw"
  | "missing-id"
  | "missing-timestamp"
  | "missing-signature"
  | "invalid-timestamp"
  | "timestamp-too-old"
  | "timestamp-too-new"
  | "no-known-signature"
  | "signature-mismatch"
  | "ed25519-unsupported"
  | "invalid-input";

export type VerifyScheme = "v1" | "v1a" | "kemi";

export type Verification = VerifiedMessage | VerifiedBody | RefusedWebhook;

export interface VerifiedMessage {
  readonly ok: true;
  /** Which signature matched. */
  readonly scheme: "v1" | "v1a";
  /** The same on every attempt. */
  readonly messageId: string;
  /** When this attempt was made, in seconds since 1970. */
  readonly timestamp: number;
  /** The bytes that were signed. */
  readonly payload: Uint8Array;
}

/** The kemi header signs the body alone, neither id nor time: such a request can be sent again by whoever saw it. */
export interface VerifiedBody {
  readonly ok: true;
  readonly scheme: "kemi";
  readonly messageId: null;
  readonly timestamp: null;
  readonly payload: Uint8Array;
}

export interface RefusedWebhook {
  readonly ok: false;
  readonly reason: VerifyFailure;
  /** Which option there is not, and which there are: for you, not for the sender. */
  readonly message?: string;
}

/** More signatures than any sender makes; the rest is not looked at. */
const MOST_SIGNATURES = 32;

const failed = (reason: VerifyFailure): Verification => ({ ok: false, reason });

/**
 * Checks a received webhook: Standard Webhooks' `v1` (HMAC-SHA256) and `v1a` (ed25519) in `webhook-*` or `svix-*` headers,
 * or, where none of those came, the kemi header. One valid signature among several is enough; other versions are
 * skipped. Never rejects, whatever it is given.
 */
export async function verifyWebhook(input: VerifyInput): Promise<Verification> {
  try {
    const message = unknownName(input, names);
    return message === null ? await verify(input) : { ok: false, reason: "invalid-input", message };
  } catch {
    return failed("invalid-input");
  }
}

async function verify({
  secret,
  publicKey,
  headers,
  body,
  schemes = ["v1", "v1a", "kemi"],
  toleranceSeconds = 300,
  now = Date.now(),
  kemiHeader = "x-kemi-signature",
}: VerifyInput): Promise<Verification> {
  // A text has its parts as well: "v1a" would take v1.
  if (!Array.isArray(schemes)) return failed("invalid-input");
  const takes = (scheme: VerifyScheme) => schemes.includes(scheme);
  const secrets = listed(secret);
  const publicKeys = listed(publicKey);
  if (secrets.length + publicKeys.length === 0) return failed("no-key");
  if (secrets.some((text) => /^wh[ps]k_/.test(text))) return failed("invalid-secret");
  if (!isRaw(body)) return failed("body-not-raw");

  const read = headerReader(headers);
  const prefix = ["webhook-", "svix-"].find((start) => read(`${start}signature`) ?? read(`${start}id`));
  if (prefix === undefined && !takes("kemi")) return failed("missing-signature");
  if (prefix === undefined) return verifyKemi(read(kemiHeader.toLowerCase()), secrets, contentOf("", body));
  const { messageId, timestamp, signature } = trioOf(read, prefix);
  if (messageId === undefined) return failed("missing-id");
  if (timestamp === undefined) return failed("missing-timestamp");
  if (signature === undefined) return failed("missing-signature");
  if (!/^\d{1,15}$/.test(timestamp)) return failed("invalid-timestamp");
  const late = Number(now) / 1000 - Number(timestamp);
  // Turned round, so that what is not a number is out of tolerance.
  if (!(late <= toleranceSeconds)) return failed("timestamp-too-old");
  if (!(late >= -toleranceSeconds)) return failed("timestamp-too-new");

  const head = `${messageId}.${timestamp}.`;
  const content = contentOf(head, body);
  const scheme = await matchingScheme(signature, content, takes("v1") ? secrets : [], takes("v1a") ? publicKeys : []);
  return scheme === "v1" || scheme === "v1a"
    ? { ok: true, scheme, messageId, timestamp: Number(timestamp), payload: content.slice(utf8(head).length) }
    : failed(scheme);
}

function trioOf(read: ReadHeader, prefix: string) {
  return {
    messageId: read(`${prefix}id`),
    timestamp: read(`${prefix}timestamp`),
    signature: read(`${prefix}signature`),
  };
}

async function matchingScheme(
  header: string,
  content: Bytes,
  secrets: readonly string[],
  publicKeys: readonly string[],
): Promise<"v1" | "v1a" | VerifyFailure> {
  const given = header.split(" ", MOST_SIGNATURES).map((part) => part.split(","));
  const ofVersion = (version: string) =>
    given.flatMap(([name, text = "", ...rest]) => (name === version && rest.length === 0 ? [decodeBase64(text)] : []));
  const symmetric = secrets.length > 0 ? ofVersion("v1") : [];
  const asymmetric = publicKeys.length > 0 ? ofVersion("v1a") : [];
  if (symmetric.length + asymmetric.length === 0) return "no-known-signature";
  for (const secret of symmetric.length > 0 ? secrets : []) {
    const expected = await secretHmac(secret)(content);
    if (symmetric.some((bytes) => bytes !== null && equal(bytes, expected))) return "v1";
  }
  for (const publicKey of asymmetric.length > 0 ? publicKeys : []) {
    const key = await ed25519Key(publicKey).catch(() => "ed25519-unsupported" as const);
    if (typeof key === "string") return key;
    if (key === null) return "invalid-public-key";
    for (const bytes of asymmetric) {
      if (bytes !== null && (await crypto.subtle.verify("Ed25519", key, bytes, content))) return "v1a";
    }
  }
  return "signature-mismatch";
}

async function verifyKemi(
  signature: string | undefined,
  secrets: readonly string[],
  payload: Bytes,
): Promise<Verification> {
  if (signature === undefined) return failed("missing-signature");
  if (secrets.length === 0) return failed("no-key");
  for (const secret of secrets) {
    const expected = await textHmac(secret)(payload);
    const hex = Array.from(expected, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (equal(utf8(signature), utf8(hex))) {
      return { ok: true, scheme: "kemi", messageId: null, timestamp: null, payload };
    }
  }
  return failed("signature-mismatch");
}

/** In a time that depends on the lengths alone. */
function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  left.forEach((byte, index) => (difference |= byte ^ (right[index] ?? 0)));
  return difference === 0;
}

function listed(keys: string | readonly string[] | undefined): readonly string[] {
  const given = Array.isArray(keys) ? keys : [keys];
  return given.filter((key): key is string => typeof key === "string" && key !== "");
}

type RawBody = VerifyInput["body"];

/** Not by its class: tests and frames have classes of their own. */
function isRaw(body: unknown): boolean {
  return typeof body === "string" || body instanceof ArrayBuffer || ArrayBuffer.isView(body);
}

/** What is signed, in memory of its own: the caller may change the body while it is checked. */
function contentOf(head: string, body: RawBody): Bytes {
  if (typeof body === "string") return utf8(head + body);
  const bytes =
    body instanceof ArrayBuffer ? new Uint8Array(body) : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  const start = utf8(head);
  const whole = new Uint8Array(start.length + bytes.length);
  whole.set(start);
  whole.set(bytes, start.length);
  return whole;
}
