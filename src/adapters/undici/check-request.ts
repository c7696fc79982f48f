import { validateHeaderName, validateHeaderValue } from "node:http";
import { Result, err, ok } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import { FRAMING_HEADERS } from "../../domain/webhook/index.ts";
import type { HttpInvalidRequest, HttpRequest } from "../../ports/http-client.ts";

export interface CheckedRequest extends Omit<HttpRequest, "url"> {
  readonly url: URL;
}

/** setTimeout counts in a signed 32-bit number of milliseconds, and fires at once beyond it. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/**
 * Everything that a client library would throw about, so that it is refused in the same words by
 * every adapter, and in words that show no header's value.
 */
export function checkRequest(request: HttpRequest): Result<CheckedRequest, HttpInvalidRequest> {
  return checkUrl(request.url).andThen((url) =>
    checkHeaders(request.headers)
      .andThen(() => checkTimeout(request.timeoutSeconds))
      .map(() => ({ ...request, url })),
  );
}

function checkUrl(text: string): Result<URL, HttpInvalidRequest> {
  const refused = err(invalid("url", "must be an absolute http or https URL without user name and password", text));
  if (!URL.canParse(text)) return refused;
  const url = new URL(text);
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  return isHttp && url.username === "" && url.password === "" ? ok(url) : refused;
}

function checkHeaders(headers: HttpRequest["headers"]): Result<void, HttpInvalidRequest> {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    if (!isAccepted(() => validateHeaderName(name))) {
      return err(invalid("headers", "must have names made of the characters that RFC 9110 allows in a token", name));
    }
    const field = `headers["${name}"]`;
    const lowerCaseName = name.toLowerCase();
    if (FRAMING_HEADERS.has(lowerCaseName)) return err(invalid(field, "must not be set: the client sets it", value));
    if (seen.has(lowerCaseName)) return err(invalid(field, "must not be given twice in different case", value));
    seen.add(lowerCaseName);
    if (typeof value !== "string" || !isAccepted(() => validateHeaderValue(name, value))) {
      return err(invalid(field, "must be a string of Latin-1 characters without control characters", value));
    }
  }
  return ok();
}

function checkTimeout(timeoutSeconds: number): Result<void, HttpInvalidRequest> {
  if (timeoutSeconds > 0 && timeoutSeconds <= MAX_TIMEOUT_SECONDS) return ok();
  return err(invalid("timeoutSeconds", `must be above 0 and at most ${MAX_TIMEOUT_SECONDS}`, timeoutSeconds));
}

function isAccepted(validate: () => void): boolean {
  return Result.fromThrowable(validate)().isOk();
}

function invalid(field: string, rule: string, received: unknown): HttpInvalidRequest {
  return { ...invalidInput(field, rule, received), type: "HttpInvalidRequest" };
}
