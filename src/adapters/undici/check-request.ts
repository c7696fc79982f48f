import { err, ok, type Result } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import { FRAMING_HEADERS, HEADER_NAME } from "../../domain/webhook/index.ts";
import type { HttpForbiddenAddress, HttpInvalidRequest, HttpRequest } from "../../ports/http-client.ts";
import { endpointOf, HTTPS_RULE, permitsScheme, type NetworkPolicy } from "../../ports/network-policy.ts";
import { forbiddenAddress } from "./map-error.ts";

export interface CheckedRequest extends Omit<HttpRequest, "url"> {
  readonly url: URL;
}

/** setTimeout counts in a signed 32-bit number of milliseconds, and fires at once beyond it. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

type CheckRequest = (request: HttpRequest) => Result<CheckedRequest, HttpInvalidRequest | HttpForbiddenAddress>;
type CheckedTarget = Result<URL, HttpInvalidRequest | HttpForbiddenAddress>;

/**
 * The most URLs and header names that are remembered, since parsing and judging one takes as long as a signature.
 * Beyond that all are forgotten, and those in use are checked once more.
 */
const MOST_REMEMBERED = 1000;

/**
 * Refuses everything about which a client library would throw, so that every adapter refuses it in the same words,
 * which show no header's value. Applies the network policy too: a literal address is connected to without a look-up, so
 * it must be judged here.
 */
export function createCheckRequest(network: NetworkPolicy): CheckRequest {
  const checkTarget = remembering((text): CheckedTarget =>
    checkUrl(text, network).andThen((url): CheckedTarget =>
      network
        .judgeHost(endpointOf(url))
        .map(() => url)
        .mapErr(forbiddenAddress),
    ),
  );
  const checkName = remembering(checkHeaderName);
  return (request) =>
    checkTarget(request.url).andThen((url) =>
      checkHeaders(request.headers, checkName)
        .andThen(() => checkTimeout(request.timeoutSeconds))
        .map(() => ({ url, headers: request.headers, body: request.body, timeoutSeconds: request.timeoutSeconds })),
    );
}

function remembering<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const made = work(text);
    known.set(text, made);
    return made;
  };
}

function checkUrl(text: string, network: NetworkPolicy): Result<URL, HttpInvalidRequest> {
  const refused = err(invalid("url", "must be an absolute http or https URL without user name and password", text));
  if (!URL.canParse(text)) return refused;
  const url = new URL(text);
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  if (!isHttp || url.username !== "" || url.password !== "") return refused;
  return permitsScheme(network, url) ? ok(url) : err(invalid("url", HTTPS_RULE, text));
}

/** RFC 9110, 5.5: horizontal tab, visible ASCII with space, and the obsolete bytes over 0x7f. */
const FIELD_VALUE = /^[\t -~\u0080-\u00ff]*$/;

/** Returns the name in lower case, or what is wrong with it. */
function checkHeaderName(name: string): Result<string, HttpInvalidRequest> {
  if (!HEADER_NAME.test(name)) {
    return err(invalid("headers", "must have names made of the characters that RFC 9110 allows in a token", name));
  }
  const lowerCaseName = name.toLowerCase();
  return FRAMING_HEADERS.has(lowerCaseName)
    ? err(invalid(`headers["${name}"]`, "must not be set: the client sets it", name))
    : ok(lowerCaseName);
}

function checkHeaders(
  headers: HttpRequest["headers"],
  checkName: typeof checkHeaderName,
): Result<void, HttpInvalidRequest> {
  const seen: string[] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    const lowerCaseName = checkName(name);
    if (lowerCaseName.isErr()) return err(lowerCaseName.error);
    if (seen.includes(lowerCaseName.value)) {
      return err(
        invalid(
          `headers["${name}"]`,
          "must not be given twice: header names are the same if only their case differs",
          value,
        ),
      );
    }
    seen.push(lowerCaseName.value);
    if (typeof value !== "string" || !FIELD_VALUE.test(value)) {
      const rule = "must be a string of Latin-1 characters without control characters";
      return err(invalid(`headers["${name}"]`, rule, value));
    }
  }
  return ok();
}

function checkTimeout(timeoutSeconds: number): Result<void, HttpInvalidRequest> {
  if (timeoutSeconds > 0 && timeoutSeconds <= MAX_TIMEOUT_SECONDS) return ok();
  return err(
    invalid(
      "timeoutSeconds",
      `must be a number of seconds, more than 0 and at most ${MAX_TIMEOUT_SECONDS}`,
      timeoutSeconds,
    ),
  );
}

function invalid(field: string, rule: string, received: unknown): HttpInvalidRequest {
  return { ...invalidInput(field, rule, received), type: "HttpInvalidRequest" };
}
