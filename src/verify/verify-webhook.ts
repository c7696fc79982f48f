import { headerReader, type ReceivedHeaders } from "./headers.ts";
import type { Bytes } from "./hmac.ts";
import { unknownName, type NamesOf } from "./known-names.ts";
import { utf8 } from "./keys.ts";
import { matchingScheme, verifyKemi } from "./match-signatures.ts";
import { failed, type Verification, type VerifyScheme } from "./verification.ts";

export interface VerifyInput {
  /** The webhook's secret, for `v1` and the kemi header; several while you change from one to the next. */
  readonly secret?: string | readonly string[] | undefined;
  /** The webhook's public key, `whpk_…`, for `v1a`. */
  readonly publicKey?: string | readonly string[] | undefined;
  readonly headers: ReceivedHeaders;
  /** The raw body, as received: JSON that was parsed and written again is not what was signed. */
  readonly body: string | Uint8Array | ArrayBuffer;
  /**
   * The only schemes whose signatures are accepted; all by default. The kemi header vouches for the body alone, so
   * whoever has seen a request with it can send the request again for ever, without the other headers. To refuse that,
   * leave `"kemi"` out of the list.
   */
  readonly schemes?: readonly VerifyScheme[] | undefined;
  /** How far `webhook-timestamp` may be from now, either way; 300 by default. */
  readonly toleranceSeconds?: number | undefined;
  /** Milliseconds since 1970, or a date; the present time by default. */
  readonly now?: number | Date | undefined;
  /** The name of the header with kemi's signature; `x-kemi-signature` by default. */
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
 * Checks a received webhook: Standard Webhooks' `v1` (HMAC-SHA256) and `v1a` (ed25519) in `webhook-*` or `svix-*`
 * headers or, if no signature came in those or `schemes` has `kemi` alone, the kemi header. One valid signature among
 * several is enough; other versions are skipped. Never rejects, whatever it is given.
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
  // A string is refused, as its parts would count as well: "v1a" would accept v1.
  if (!Array.isArray(schemes)) return failed("invalid-input");
  const takes = (scheme: VerifyScheme) => schemes.includes(scheme);
  const secrets = listed(secret);
  const publicKeys = listed(publicKey);
  if (secrets.length + publicKeys.length === 0) return failed("no-key");
  if (secrets.some((text) => /^wh[ps]k_/.test(text))) return failed("invalid-secret");
  if (!isRaw(body)) return failed("body-not-raw");

  const read = headerReader(headers);
  const prefix = ["webhook-", "svix-"].find((start) => read(`${start}signature`) ?? read(`${start}id`));
  const [messageId, timestamp, signature] = ["id", "timestamp", "signature"].map((name) =>
    read(`${prefix ?? "webhook-"}${name}`),
  );
  const kemi = takes("kemi") ? read(kemiHeader.toLowerCase()) : undefined;
  // A webhook that signs by kemi alone sends its id and timestamp too, unsigned.
  const isAlone = signature === undefined || !(takes("v1") || takes("v1a"));
  if (isAlone && kemi !== undefined) return verifyKemi(kemi, secrets, contentOf("", body));
  if (prefix === undefined) return failed("missing-signature");
  if (messageId === undefined) return failed("missing-id");
  if (timestamp === undefined) return failed("missing-timestamp");
  if (signature === undefined) return failed("missing-signature");
  if (!/^\d{1,15}$/.test(timestamp)) return failed("invalid-timestamp");
  const late = Number(now) / 1000 - Number(timestamp);
  // Negated, so that what is not a number is out of tolerance.
  if (!(late <= toleranceSeconds)) return failed("timestamp-too-old");
  if (!(late >= -toleranceSeconds)) return failed("timestamp-too-new");

  const head = `${messageId}.${timestamp}.`;
  const content = contentOf(head, body);
  const scheme = await matchingScheme(signature, content, takes("v1") ? secrets : [], takes("v1a") ? publicKeys : []);
  return scheme === "v1" || scheme === "v1a"
    ? { ok: true, scheme, messageId, timestamp: Number(timestamp), payload: content.slice(utf8(head).length) }
    : failed(scheme);
}

function listed(keys: string | readonly string[] | undefined): readonly string[] {
  const given = Array.isArray(keys) ? keys : [keys];
  return given.filter((key): key is string => typeof key === "string" && key !== "");
}

type RawBody = VerifyInput["body"];

/** Does not compare classes: tests and frames have classes of their own. */
function isRaw(body: unknown): boolean {
  const isBuffer = Object.prototype.toString.call(body) === "[object ArrayBuffer]";
  return typeof body === "string" || isBuffer || ArrayBuffer.isView(body);
}

/** Copies the signed content: the caller may change the body while it is checked. */
function contentOf(head: string, body: RawBody): Bytes {
  if (typeof body === "string") return utf8(head + body);
  const bytes = ArrayBuffer.isView(body)
    ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    : new Uint8Array(body);
  const start = utf8(head);
  const whole = new Uint8Array(start.length + bytes.length);
  whole.set(start);
  whole.set(bytes, start.length);
  return whole;
}
