import { err, ok, type Result, type ResultAsync } from "neverthrow";
import type { HttpConnectionFailed, HttpError, HttpRequest, HttpResponse } from "../../ports/http-client.ts";
import type { LogFacts } from "../../ports/logger.ts";
import { signingFailed, type SigningFailed } from "../../ports/signer.ts";
import { isHttpError, isHttpResponse, isSigningFailed } from "../check-answer.ts";
import type { Dependencies } from "../dependencies.ts";
import { nameOf } from "../error-facts.ts";
import { inTime } from "../in-time.ts";
import type { Signed } from "./sign-request.ts";

type Sending = Pick<Dependencies, "http" | "logger" | "closing" | "clock" | "request">;

/**
 * Signs the request of an attempt, and sends it. The signer and the client may be the application's own, and have a
 * bug. The attempt has failed, and is made again later, within the limits of its retry config, if:
 *
 * - the signer or the client throws, or gives an answer that its port does not allow
 * - the signer does not answer in time
 * - the client is closed although nobody has closed it
 *
 * Messages leave out what was thrown or answered, since it may hold a header's value. That the client answers in time
 * is seen to by `guardHttpClient`, and by hookledger's own clients.
 *
 * @param facts - what the log names the request by
 */
export function sendSigned(
  deps: Sending,
  sign: () => Signed<HttpRequest>,
  facts: LogFacts,
): Promise<Result<HttpResponse, HttpError | SigningFailed>> {
  const signed = signRequest(deps, sign, facts);
  if (!("then" in signed)) return sendRequest(deps, signed, facts);
  return signed.then((request) => sendRequest(deps, request, facts));
}

type SignedRequest = Result<HttpRequest, SigningFailed>;

function signRequest(
  deps: Sending,
  sign: () => Signed<HttpRequest>,
  facts: LogFacts,
): SignedRequest | Promise<SignedRequest> {
  const threw = (thrown: unknown): SignedRequest => {
    const error = nameOf(thrown);
    deps.logger.error("the signer threw, which is a bug in the signer", { ...facts, error });
    return err(signingFailed(`the signer threw (${error})`, thrown));
  };
  try {
    const signed = sign();
    return "then" in signed ? signedLater(deps, signed).catch(threw) : signed;
  } catch (thrown) {
    return threw(thrown);
  }
}

/** The signer's time is part of the attempt's, for which the lease is meant. The receiver has the rest. */
async function signedLater(
  { clock, request: { timeoutSeconds } }: Sending,
  signing: ResultAsync<HttpRequest, SigningFailed>,
): Promise<SignedRequest> {
  const late: SignedRequest = err(signingFailed(`the signer did not answer within ${timeoutSeconds} s`));
  const startedAt = clock.now();
  const signed = await inTime(clock, timeoutSeconds, signing, () => late);
  const leftMs = timeoutSeconds * 1000 - Math.max(0, clock.now() - startedAt);
  return signed.andThen((request) => (leftMs > 0 ? ok({ ...request, timeoutSeconds: leftMs / 1000 }) : late));
}

async function sendRequest(
  { http, logger, closing }: Sending,
  request: SignedRequest,
  facts: LogFacts,
): Promise<Result<HttpResponse, HttpError | SigningFailed>> {
  if (request.isErr()) {
    if (isSigningFailed(request.error)) return err(request.error);
    logger.error("the signer answered with a malformed error, which is a bug in the signer", facts);
    return err(signingFailed("the signer answered with a malformed error"));
  }
  try {
    const answer = await http.post(request.value);
    if (answer.isOk() && !isHttpResponse(answer.value)) {
      logger.error("the HTTP client answered with a malformed response, which is a bug in the client", facts);
      return err(connectionFailed("the HTTP client answered with a malformed response", null));
    }
    if (answer.isErr() && !isHttpError(answer.error)) {
      logger.error("the HTTP client answered with a malformed error, which is a bug in the client", facts);
      return err(connectionFailed("the HTTP client answered with a malformed error", null));
    }
    if (answer.isOk() || answer.error.type !== "HttpClosed" || closing.aborted) return answer;
    logger.error("the HTTP client is closed, although hookledger did not close it", facts);
    return err(connectionFailed("the HTTP client is closed", answer.error));
  } catch (thrown) {
    const error = nameOf(thrown);
    logger.error("the HTTP client threw, which is a bug in the client", { ...facts, error });
    return err(connectionFailed(`the HTTP client threw (${error})`, thrown));
  }
}

function connectionFailed(message: string, cause: unknown): HttpConnectionFailed {
  return { type: "HttpConnectionFailed", code: null, message, cause };
}
