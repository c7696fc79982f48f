import { err, ok, type Result } from "neverthrow";
import { RATE_LIMITS } from "../delivery/rate-limit.ts";
import type { EpochMs } from "../instant.ts";
import { invalidInput, type InvalidInput } from "../invalid-input.ts";

/** The longest URL that every browser, proxy and server passes on. */
const LONGEST_URL = 2048;
const LONGEST_ID = 200;
const LONGEST_NAME = 200;
/** How long an old secret may go on signing: 90 days. */
const LONGEST_OVERLAP_SECONDS = 7_776_000;

/**
 * Checks that it is an absolute http or https URL without credentials. The network policy decides whether its host may
 * be reached.
 */
export function checkUrl(url: unknown): Result<URL, InvalidInput> {
  if (typeof url !== "string") return err(invalidInput("url", "must be a string", url));
  // The URL requested would differ from the one registered: the parser drops line breaks, and databases some of the
  // rest.
  if (!isPlain(url)) return err(invalidInput("url", "must be text without control characters or lone surrogates", url));
  if (url.length > LONGEST_URL) return err(invalidInput("url", `must be at most ${LONGEST_URL} characters`, url));
  if (!URL.canParse(url))
    return err(invalidInput("url", "must be an absolute URL, such as https://example.com/hooks", url));
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return err(invalidInput("url", "must begin with https:// or http://", url));
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return err(invalidInput("url", "must not contain a user name or a password; use headers instead", url));
  }
  return ok(parsed);
}

/** Whether every database stores the text unchanged (PostgreSQL cannot hold NUL) and a log shows it on one line. */
function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Checks a name that the application gives to somebody or something. */
export function checkName(field: string, given: unknown, shortest = 1): Result<string, InvalidInput> {
  const length = `${shortest} to ${LONGEST_NAME} characters`;
  const rule = `must be text of ${length}, without control characters or lone surrogates`;
  return typeof given === "string" && given.length >= shortest && given.length <= LONGEST_NAME && isPlain(given)
    ? ok(given)
    : err(invalidInput(field, rule, given));
}

/** Ids become stream names, header values and log fields, so they must be visible ASCII. */
export function checkId(field: string, id: unknown): Result<string, InvalidInput> {
  return typeof id === "string" && /^[!-~]+$/.test(id) && id.length <= LONGEST_ID
    ? ok(id)
    : err(invalidInput(field, `must be 1 to ${LONGEST_ID} visible ASCII characters without spaces`, id));
}

/** The empty string is the default tenant. */
export function checkTenantId(tenantId: unknown): Result<string, InvalidInput> {
  return checkName("tenantId", tenantId, 0);
}

/** Accepts any text that UTF-8 can carry, including the empty one, as in kemi. */
export function checkSecret(secret: unknown, field = "secret"): Result<string, InvalidInput> {
  return typeof secret === "string" && secret.isWellFormed()
    ? ok(secret)
    : err(invalidInput(field, "must be text without lone surrogates", secret));
}

/** Requests a second, or null for no limit. */
export function checkRateLimit(rateLimitPerSecond: unknown): Result<number | null, InvalidInput> {
  if (rateLimitPerSecond === null) return ok(null);
  const { least, most } = RATE_LIMITS;
  return typeof rateLimitPerSecond === "number" && rateLimitPerSecond >= least && rateLimitPerSecond <= most
    ? ok(rateLimitPerSecond)
    : err(
        invalidInput(
          "rateLimitPerSecond",
          `must be a number of requests a second from ${least} to ${most}, or null for no limit`,
          rateLimitPerSecond,
        ),
      );
}

/** Returns when the secrets before a rotation stop signing. */
export function overlapEnd(now: EpochMs, overlapSeconds: number): EpochMs {
  return now + Math.ceil(overlapSeconds * 1000);
}

export function checkOverlap(overlapSeconds: unknown): Result<number, InvalidInput> {
  return typeof overlapSeconds === "number" && overlapSeconds >= 0 && overlapSeconds <= LONGEST_OVERLAP_SECONDS
    ? ok(overlapSeconds)
    : err(
        invalidInput(
          "overlapSeconds",
          `must be a number of seconds from 0 to ${LONGEST_OVERLAP_SECONDS}`,
          overlapSeconds,
        ),
      );
}
