import type { Dispatcher } from "undici";
import { MAX_RESPONSE_BYTES } from "../../ports/http-client.ts";
import type { CheckedRequest } from "./check-request.ts";
import { collectHeaders } from "./collect-headers.ts";

/**
 * How many pieces of a body are joined into one: each piece takes a hundred bytes of memory, even if it holds a single
 * one.
 */
const MOST_PIECES = 64;

export interface Received {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most {@link MAX_RESPONSE_BYTES}. */
  readonly body: Uint8Array;
  readonly truncated: boolean;
}

export interface Exchange {
  /** Rejects with the error of the client or the system about a connection. */
  readonly received: Promise<Received>;
  /** Breaks the exchange off. Its promise may then never settle. */
  abandon(): void;
}

/**
 * Makes one request and reads its response, directly on undici's dispatcher: without the streams and signals of
 * `undici.request` an exchange costs about a tenth less. Reads the response's body here, so that the amount is bounded.
 * Beyond the limit the connection is dropped: if it were read to the end to keep the connection alive, the receiver
 * would decide how much that is.
 */
export function beginExchange(agent: Dispatcher, { url, headers, body }: CheckedRequest): Exchange {
  let controller: Dispatcher.DispatchController | null = null;
  let abandoned = false;

  /** Until undici has a connection, it gives no controller. The exchange is then broken off when it gets one. */
  function abandon(): void {
    abandoned = true;
    controller?.abort(new Error("abandoned"));
  }

  const received = new Promise<Received>((resolve, reject) => {
    let head = { statusCode: 0, headers: {} };
    const chunks: Uint8Array[] = [];
    /** How many of the last chunks are still as they came. */
    let pieces = 0;
    let length = 0;
    const settle = (truncated: boolean): void => {
      const { statusCode, headers: fields } = head;
      resolve({ statusCode, headers: fields, body: joined(chunks).subarray(0, MAX_RESPONSE_BYTES), truncated });
    };
    const { pathname, search, origin } = url;
    agent.dispatch(
      // Copied, because the agent for a proxy writes into it.
      { origin, path: pathname + search, method: "POST", headers: { ...headers }, body },
      {
        onRequestStart(started) {
          controller = started;
          if (abandoned) abandon();
        },
        onResponseStart(_, statusCode, fields) {
          // Informational responses come first. The answer takes their place.
          head = { statusCode, headers: collectHeaders(fields) };
        },
        onResponseData(_, chunk) {
          chunks.push(chunk);
          pieces += 1;
          if (pieces === MOST_PIECES) {
            chunks.push(joined(chunks.splice(-MOST_PIECES)));
            pieces = 0;
          }
          length += chunk.byteLength;
          if (length <= MAX_RESPONSE_BYTES) return;
          settle(true);
          abandon();
        },
        onResponseEnd: () => settle(false),
        onResponseError(_, error) {
          // These end with their headers (RFC 9112, 6.3), but undici holds them to the length that they name.
          if (head.statusCode === 204 || head.statusCode === 304) settle(false);
          else reject(error);
        },
      },
    );
  });
  return { received, abandon };
}

/** Most responses come in one piece, which need not be copied. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first = NOTHING] = chunks;
  return chunks.length <= 1 ? first : Buffer.concat(chunks);
}

const NOTHING = new Uint8Array();
