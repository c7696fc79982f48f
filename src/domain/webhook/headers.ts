import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";

export type WebhookHeaders = Readonly<Record<string, string>>;

const MOST_HEADERS = 32;

/**
 * The headers that say where a message ends and to whom it goes, or that are for a proxy on its way, in lower case. The
 * HTTP client sets them. A second value that contradicts them is how requests are smuggled.
 */
export const FRAMING_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The signed fields and the signature, under either of the names that receivers' libraries look for. A custom header
 * must not replace these either.
 */
const signatureHeaders: ReadonlySet<string> = new Set([
  ...["webhook-id", "webhook-timestamp", "webhook-signature"],
  ...["svix-id", "svix-timestamp", "svix-signature"],
]);

/** A field name (RFC 9110, section 5.6.2). */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A field value (RFC 9110, section 5.5), without the obsolete bytes over 0x7f, and without white space at its ends. */
const value = /^[!-~](?:[\t -~]*[!-~])?$/;

/** Checks that the name is valid, and that the HTTP client does not set it itself. */
export function checkHeaderName(name: string, field: string, text: unknown = name): Result<string, InvalidInput> {
  if (!HEADER_NAME.test(name))
    return err(invalidInput(field, "must be named with letters, digits and any of !#$%&'*+.^_`|~-", name));
  return FRAMING_HEADERS.has(name.toLowerCase())
    ? err(invalidInput(field, "is set by hookledger itself", text))
    : ok(name);
}

/**
 * Checks the custom headers of a webhook, or the fixed ones of an instance.
 *
 * @param field - how the caller names them, for the error
 * @param alsoReserved - lower-case names that are reserved here besides those of HTTP, Standard Webhooks and Svix
 */
export function checkHeaders(
  headers: unknown,
  field = "headers",
  alsoReserved: readonly string[] = [],
): Result<WebhookHeaders, InvalidInput> {
  // A Headers or a Map does not keep its entries as properties: no header would be sent.
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) {
    return err(invalidInput(field, "must be a plain object of names and values", headers));
  }
  const entries = Object.entries(headers);
  if (entries.length > MOST_HEADERS)
    return err(invalidInput(field, `must have at most ${MOST_HEADERS} entries`, entries.length));
  const checked: Record<string, string> = {};
  const seen = new Set<string>();
  for (const [name, text] of entries) {
    const here = `${field}[${JSON.stringify(name)}]`;
    const lower = name.toLowerCase();
    const named = checkHeaderName(name, here, text);
    if (named.isErr()) return err(named.error);
    // Setting a header under this name would set none.
    if (name === "__proto__")
      return err(invalidInput(here, "must not be used: the name has a special meaning in JavaScript", text));
    if (signatureHeaders.has(lower) || alsoReserved.includes(lower))
      return err(invalidInput(here, "is set by hookledger itself", text));
    if (seen.has(lower))
      return err(invalidInput(here, "is given twice: header names are the same if only their case differs", text));
    if (typeof text !== "string" || !value.test(text)) {
      return err(
        invalidInput(
          here,
          "must be visible ASCII text, not empty, without line breaks or white space at either end",
          text,
        ),
      );
    }
    seen.add(lower);
    checked[name] = text;
  }
  return ok(checked);
}
