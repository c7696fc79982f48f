import type { Result } from "neverthrow";
import type { AttemptFailure, RecordFailure, RecordSuccess } from "../../domain/delivery/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import { isGone, isOverloaded, parseRetryAfter, pauseSeconds, type RetryConfig } from "../../domain/retry/index.ts";
import type { Conceal } from "./conceal.ts";
import type { HttpError, HttpResponse } from "../../ports/http-client.ts";
import type { SigningFailed } from "../../ports/signer.ts";

export interface Exchange {
  readonly attempt: number;
  readonly retryConfig: RetryConfig;
  readonly startedAt: EpochMs;
  readonly now: EpochMs;
  readonly random: number;
  /** Applied to the receiver's answer before it is kept. */
  readonly conceal: Conceal;
}

export interface Verdict {
  readonly command: RecordSuccess | RecordFailure;
  /** Whether the receiver has failed; null if nothing was sent, because the request could not be signed. */
  readonly failing: boolean | null;
  /** The beginning of the body of the answer to a failed attempt; null if there was none. */
  readonly excerpt: string | null;
  /** How long the webhook is to be paused, with all its deliveries; null if it need not be. */
  readonly pauseSeconds: number | null;
  /** Whether the receiver wants nothing more, so that the webhook is to be deactivated. */
  readonly gone: boolean;
}

/** How many characters of a response are kept: as many as kemi keeps. */
const EXCERPT_CHARACTERS = 200;

/**
 * Judges what an HTTP exchange means for its delivery: only 2xx is success (kemi's `is_success`). Returns null if
 * our own closing broke the exchange off, which means nothing.
 */
export function judgeExchange(
  answer: Result<HttpResponse, HttpError | SigningFailed>,
  exchange: Exchange,
): Verdict | null {
  const { attempt, retryConfig, startedAt, now, random } = exchange;
  const durationMs = Math.max(0, now - startedAt);
  if (answer.isErr()) {
    const failure = transportFailure(answer.error);
    if (failure === null) return null;
    const data = { attempt, failure, durationMs, retryAfterSeconds: null, retryConfig, now, random };
    const failing = failure.kind === "signing" ? null : true;
    return { command: { type: "RecordFailure", data }, failing, excerpt: null, pauseSeconds: null, gone: false };
  }
  const { statusCode, headers } = answer.value;
  if (statusCode >= 200 && statusCode <= 299) {
    const data = { attempt, statusCode, durationMs };
    return { command: { type: "RecordSuccess", data }, failing: false, excerpt: null, pauseSeconds: null, gone: false };
  }
  const failure: AttemptFailure = { kind: "status", statusCode };
  // Clients leave trailing white space in, which is no part of the value (RFC 9110, 5.5).
  const retryAfter = isOverloaded(statusCode) ? headers["retry-after"]?.trim() : undefined;
  const retryAfterSeconds = retryAfter === undefined ? null : parseRetryAfter(retryAfter, now);
  return {
    command: {
      type: "RecordFailure",
      data: { attempt, failure, durationMs, retryAfterSeconds, retryConfig, now, random },
    },
    failing: true,
    excerpt: excerptOf(answer.value, exchange.conceal),
    pauseSeconds: pauseSeconds(retryConfig, { statusCode, retryAfterSeconds }),
    gone: isGone(statusCode),
  };
}

function transportFailure(error: HttpError | SigningFailed): AttemptFailure | null {
  switch (error.type) {
    case "HttpTimeout":
      return { kind: "timeout", timeoutSeconds: error.timeoutSeconds, message: error.message };
    case "HttpConnectionFailed":
      return { kind: "connection", code: error.code, message: error.message };
    case "HttpForbiddenAddress":
    case "HttpInvalidRequest":
      return { kind: "forbidden", message: error.message };
    case "SigningFailed":
      return { kind: "signing", message: error.message };
    case "HttpClosed":
      return null;
  }
}

/**
 * A compressed body is never unpacked: a few bytes may stand for a gigabyte, and hookledger asked for no compression.
 */
function excerptOf({ headers, body }: HttpResponse, conceal: Conceal): string | null {
  if (body === "") return null;
  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  const isPlain = coding === "" || coding === "identity";
  return firstCharacters(conceal(isPlain ? body : `(a body in ${coding}, which is not unpacked)`));
}

/** Counts whole characters, as Python does, and not halves of surrogate pairs. */
function firstCharacters(text: string): string {
  return Array.from(text.slice(0, 2 * EXCERPT_CHARACTERS))
    .slice(0, EXCERPT_CHARACTERS)
    .join("");
}
