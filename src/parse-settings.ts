import { err, ok, Result } from "neverthrow";
import { checkText } from "./application/check-arguments.ts";
import type { Limits } from "./application/dependencies.ts";
import { standardHeaders, type RequestSettings } from "./application/deliveries/request-settings.ts";
import { invalidInput, type InvalidInput } from "./domain/invalid-input.ts";
import type { Given } from "./domain/known-names.ts";
import { DEFAULT_PAYLOAD_BYTES } from "./domain/message/index.ts";
import { checkHeaderName, checkHeaders } from "./domain/webhook/index.ts";

/** An hour: a longer timeout is a mistake in the units. */
const LONGEST_TIMEOUT_SECONDS = 3600;

/** Returns kemi's three headers and its timeout, overridden by what the application gives. */
export function parseRequestSettings(given: Given<RequestSettings> = {}): Result<RequestSettings, InvalidInput> {
  const {
    userAgent = "kemi-webhook/1.0",
    contentType = "application/json",
    signatureHeader = "X-Kemi-Signature",
    headerPrefix = "webhook-",
    timeoutSeconds = 10,
  } = given;
  if (!(Number.isFinite(timeoutSeconds) && timeoutSeconds > 0 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) {
    const rule = `must be a number of seconds, more than 0 and at most ${LONGEST_TIMEOUT_SECONDS}`;
    return err(invalidInput("request.timeoutSeconds", rule, timeoutSeconds));
  }
  return checkText("request.signatureHeader", signatureHeader)
    .andThen(() => checkText("request.headerPrefix", headerPrefix))
    .andThen(() => checkHeaders({ "User-Agent": userAgent }, "request.userAgent"))
    .andThen(() => checkHeaders({ "Content-Type": contentType }, "request.contentType"))
    .andThen(() => checkNames("request.headerPrefix", standardHeaders({ headerPrefix }), []))
    .andThen(() => checkNames("request.signatureHeader", [signatureHeader], standardHeaders({ headerPrefix })))
    .map(() => ({ userAgent, contentType, signatureHeader, headerPrefix, timeoutSeconds }));
}

/**
 * A payload is held in memory as a whole, several times over. SQLite could store a text of 1 GB; this process could not
 * handle one.
 */
const MOST_PAYLOAD_BYTES = 64 * 1024 * 1024;

export function parseLimits({ payloadBytes = DEFAULT_PAYLOAD_BYTES }: Given<Limits> = {}): Result<
  Limits,
  InvalidInput
> {
  return Number.isInteger(payloadBytes) && payloadBytes > 0 && payloadBytes <= MOST_PAYLOAD_BYTES
    ? ok({ payloadBytes })
    : err(invalidInput("limits.payloadBytes", `must be a whole number from 1 to ${MOST_PAYLOAD_BYTES}`, payloadBytes));
}

/** Checks the names of the headers that hookledger sets itself: each must differ from the others. */
function checkNames(field: string, names: readonly string[], others: readonly string[]): Result<unknown, InvalidInput> {
  const taken = ["content-type", "user-agent", ...others.map((name) => name.toLowerCase())];
  return Result.combine(
    names.map((name) =>
      taken.includes(name.toLowerCase())
        ? err(invalidInput(field, "must not be the name of another header that hookledger sets", name))
        : checkHeaderName(name, field),
    ),
  );
}
