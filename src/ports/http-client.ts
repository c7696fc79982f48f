import type { ResultAsync } from "neverthrow";
import type { NetworkPolicy } from "./network-policy.ts";

/** The most of a response's body that is kept, in bytes. Beyond it the connection is dropped. */
export const MAX_RESPONSE_BYTES = 64 * 1024;

export interface HttpRequest {
  /** Absolute, `http:` or `https:`, without user name and password. */
  readonly url: string;
  /**
   * Must not include those that frame the message: host, connection, content-length, transfer-encoding and the like.
   * Each name once, whatever its case; values have no other characters than HTTP allows, one for each byte.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /**
   * The limit for the whole exchange: name look-up, connecting, response headers and response body. More than 0, and no
   * more than a timer of Node can take: 2,147,483 seconds.
   */
  readonly timeoutSeconds: number;
}

export interface HttpResponse {
  readonly statusCode: number;
  /** Names are in lower case. The values of a repeated header are joined with `", "`. One character is one byte. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * At most {@link MAX_RESPONSE_BYTES} of the body, decoded by the charset of `content-type`, or as UTF-8 if it names
   * none or an unknown one. Bytes that are not text in that charset become U+FFFD.
   */
  readonly body: string;
  /** Whether the body was longer than what was read. */
  readonly truncated: boolean;
}

/** The exchange did not end within its time. The receiver may or may not have seen the request. */
export interface HttpTimeout {
  readonly type: "HttpTimeout";
  readonly timeoutSeconds: number;
  /** Names the host with its port, and the limit as `{timeoutSeconds} s`. */
  readonly message: string;
}

/** The name was not resolved, no connection was made, or the connection broke before the response was complete. */
export interface HttpConnectionFailed {
  readonly type: "HttpConnectionFailed";
  /** The error code of Node or of the client, such as `ECONNREFUSED`. Every failed name look-up is `ENOTFOUND`. */
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
  /** The policy's own, which tells how to permit it. */
  readonly message: string;
}

/** The request breaks a rule of {@link HttpRequest}. Nothing was sent, and sending it again will not help. */
export interface HttpInvalidRequest {
  readonly type: "HttpInvalidRequest";
  /** `url`, `timeoutSeconds`, `headers` if a name is none, or the header as given: `headers["X-Name"]`. */
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
 * Sends webhooks. Every adapter promises the following, and `httpClientContract` checks it:
 *
 * - The receiver gets exactly the bytes of `body` and the given headers, plus host, connection and content-length,
 *   which HTTP/1.1 requires.
 * - Connections are kept and used again.
 * - One `post` is at most one request: no retries, no redirects, no proxy from the environment.
 * - Any status from 200 up is an answer, so it is `Ok`. What it means is not the transport's business.
 * - The network policy judges every address before a connection to it is opened, and the connection goes to an address
 *   that was judged. With a proxy, only literal addresses are judged: resolving names is up to the proxy.
 * - Memory per exchange is bounded by {@link MAX_RESPONSE_BYTES}, however much the receiver sends: a compressed body is
 *   returned as it came.
 * - No error message contains a header's value, a payload, or a URL's path or query.
 */
export interface HttpClient {
  /**
   * Sends one POST. Never throws, never rejects, and answers soon after `timeoutSeconds` at the latest. If it has not
   * answered 2 seconds after that, hookledger takes the exchange for timed out, and an answer that comes later counts
   * for nothing. Until then the attempt is under way and its lease is renewed.
   */
  post(request: HttpRequest): ResultAsync<HttpResponse, HttpError>;

  /**
   * Ends every exchange in flight with `HttpClosed` and drops all connections; later posts answer `HttpClosed`. A
   * second call changes nothing. `close` has the time of one exchange to resolve. Exchanges that it leaves open have as
   * long again, since an answer is worth recording; after that they count as `HttpClosed`.
   */
  close(): Promise<void>;

  /**
   * Whether the client guarantees that every `post` is answered in time, and at the latest by the time that `close`
   * resolves. If not, hookledger keeps track of those under way, with a timer for each, which costs each attempt a
   * little.
   */
  readonly endsAtClose?: boolean;
}

export interface HttpContext {
  readonly network: NetworkPolicy;
  /** The URL of a proxy through which every request is tunnelled; null for none. */
  readonly proxy: string | null;
}

/** Makes clients. The adapter itself holds no connections. */
export interface HttpClientAdapter {
  readonly name: string;
  open(context: HttpContext): HttpClient;
}
