import { err, ok, ResultAsync, type Result } from "neverthrow";
import type {
  HttpClient,
  HttpClientAdapter,
  HttpConnectionFailed,
  HttpError,
  HttpRequest,
  HttpResponse,
  HttpTimeout,
} from "../ports/http-client.ts";

/** A status, a status with a body and headers, or a failure of the transport. */
export type ScriptedAnswer =
  | number
  | { readonly statusCode: number; readonly body: string; readonly headers?: HttpResponse["headers"] | undefined }
  | HttpError;

export interface ScriptedHttpClient extends HttpClientAdapter {
  /** Every request that was sent, in order. */
  readonly requests: readonly HttpRequest[];
}

/**
 * Makes an HTTP client that reaches nobody: `answer` says what comes back. It is given the request, and how many came
 * before it. A promise that it returns holds the exchange open; closing the client ends it.
 */
export function scriptedHttpClient(
  answer: (request: HttpRequest, before: number) => ScriptedAnswer | Promise<ScriptedAnswer> = () => 204,
): ScriptedHttpClient {
  const requests: HttpRequest[] = [];
  return {
    name: "scripted",
    requests,
    open: () =>
      openClient(async (request) => {
        requests.push(request);
        return toResult(await answer(request, requests.length - 1));
      }),
  };
}

type Exchange = Result<HttpResponse, HttpError>;

function openClient(exchange: (request: HttpRequest) => Promise<Exchange>): HttpClient {
  const closing = new AbortController();
  const closed = new Promise<Exchange>((resolve) => {
    closing.signal.addEventListener("abort", () => resolve(wasClosed));
  });
  return {
    post: (request) => new ResultAsync(closing.signal.aborted ? closed : Promise.race([exchange(request), closed])),
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

const wasClosed: Exchange = err({ type: "HttpClosed", message: "the HTTP client was closed" });

export function toResult(answer: ScriptedAnswer): Exchange {
  if (typeof answer === "number") return ok({ statusCode: answer, headers: {}, body: "", truncated: false });
  if ("type" in answer) return err(answer);
  const { statusCode, body, headers = {} } = answer;
  return ok({ statusCode, headers, body, truncated: false });
}

/** Makes a failure of the transport: the connection was refused. */
export function connectionRefused(message = "connect ECONNREFUSED"): HttpConnectionFailed {
  return { type: "HttpConnectionFailed", code: "ECONNREFUSED", message, cause: null };
}

/** Makes a failure of the transport: no answer came in time. */
export function timedOut(timeoutSeconds = 10): HttpTimeout {
  return { type: "HttpTimeout", timeoutSeconds, message: `no answer within ${timeoutSeconds} s` };
}
