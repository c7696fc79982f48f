import type { ResultAsync } from "neverthrow";
import type { NetworkPolicy } from "./network-policy.ts";

/** The most of a response's body that is kept, in bytes; the connection is dropped beyond it. */
export const MAX_RESPONSE_BYTES = 64 * 1024;

export interface HttpRequest {
  /** Absolute, http or https, without user name and password. */
  readonly url: string;
  /** Must not hold those that frame the message: host, connection, content-length and their kind. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole exchange: name look-up, connecting, response headers and response body. */
  readonly timeoutSeconds: number;
}

export interface HttpResponse {
  readonly statusCode: number;
  /** Names in lower case; the values of a repeated header are joined with `", "`; one character is one byte. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * At most {@link MAX_RESPONSE_BYTES} of the body, read by the charset of `content-type`, or as UTF-8 where that names none, or one
   * that is not known; bytes that are no text in it become U+FFFD.
   */
  readonly body: string;
  /** Whether there was more of the body than was read. */
  readonly truncated: boolean;
}

/** The exchange was not over within its time. The receiver may or may not have seen the request. */
export interface HttpTimeout {
  readonly type: "HttpTimeout";
  readonly timeoutSeconds: number;
  readonly message: string;
}

/** No name, no connection, or a connection that broke before the response was complete. */
export interface HttpConnectionFailed {
  readonly type: "HttpConnectionFailed";
  /** The code of Node or of the client, such as `ECONNREFUSED`; every failed name look-up is `ENOTFOUND`. */
  readonly code: string | null;
  readonly message: string;
  readonly cause: unknown;
}

/** The network policy refuses the host or one of its addresses. Nothing was connected or sent. */
export interface HttpForbiddenAddress {
  readonly type: "HttpForbiddenAddress";
  readonly host: string;
  readonly address: string | null;
  readonly range: string;
  readonly message: string;
}

/** The request breaks a rule of {@link HttpRequest}. Nothing was sent, and sending it again will not help. */
export interface HttpInvalidRequest {
  readonly type: "HttpInvalidRequest";
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** The client was closed before or during the exchange. */
export interface HttpClosed {
  readonly type: "HttpClosed";
  readonly message: string;
}

export type HttpError = HttpTimeout | HttpConnectionFailed | HttpForbiddenAddress | HttpInvalidRequest | HttpClosed;

/**
 * Sends webhooks. What every adapter promises, and `httpClientContract` checks:
 *
 * - The receiver gets exactly the bytes of `body` and the headers that were given, beside
 *   host, connection and content-length, which HTTP/1.1 itself asks for.
 * - One `post` is at most one request: no retries, no redirects, no proxy from the environment.
 * - Any status from 200 up is an answer, so it is `Ok`; what it means is not the transport's business.
 * - Every address is judged by the network policy before a connection to it is opened, and the connection goes to an
 *   address that was judged; with a proxy, literal addresses are, and names are the proxy's to resolve.
 * - Memory per exchange is bounded by {@link MAX_RESPONSE_BYTES}, however much the receiver sends: a compressed body is
 *   given as it came.
 * - No message holds a header's value, a payload, or a URL's path or query.
 */
export interface HttpClient {
  /**
   * Sends one POST. Never throws and never rejects, and answers soon after `timeoutSeconds` at the latest: nobody else looks at the time. Until
   * it answers, the attempt is under way and its lease is renewed. `stop` waits up to its deadline only; a `runUntilIdle` that it has
   * stopped, and a `dispatch`, wait for the answer, or until `close`.
   */
  post(request: HttpRequest): ResultAsync<HttpResponse, HttpError>;

  /**
   * Ends every exchange in flight with `HttpClosed` and drops all connections; later posts are
   * `HttpClosed`. Closing twice is closing once. It has the time of one exchange to resolve, and what it has left open has as long again, since
   * an answer is worth recording; what is open then counts as `HttpClosed`.
   */
  close(): Promise<void>;

  /**
   * Whether `close` is known to have each `post` answered by then. Otherwise hookledger keeps account of those that are under way, which costs
   * each attempt a little.
   */
  readonly endsAtClose?: boolean;
}

export interface HttpContext {
  readonly network: NetworkPolicy;
  /** The URL of a proxy that every request is tunnelled through; null for none. */
  readonly proxy: string | null;
}

/** Makes clients; it holds no connections itself. */
export interface HttpClientAdapter {
  readonly name: string;
  open(context: HttpContext): HttpClient;
}
