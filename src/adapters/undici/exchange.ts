import type { Dispatcher } from "undici";
import { MAX_RESPONSE_BYTES } from "../../ports/http-client.ts";
import type { CheckedRequest } from "./check-request.ts";
import { collectHeaders } from "./collect-headers.ts";

/** So many pieces of a body are made one: each takes a hundred bytes, for what may be a single one. */
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
  /** Rejects with what the client or the system says of a connection. */
  readonly received: Promise<Received>;
  /** Breaks it off. Its promise may not settle any more. */
  abandon(): void;
}

/**
 * One request and its response, straight on undici's dispatcher: without the streams and signals of `undici.request` an
 * exchange costs about a tenth less. The response's body is read here, so that reading it can be bounded: beyond the
 * limit the connection is dropped, since reading on, only to keep it alive, would be the receiver's choice of how much.
 */
export function beginExchange(agent: Dispatcher, { url, headers, body }: CheckedRequest): Exchange {
  let controller: Dispatcher.DispatchController | null = null;
  let abandoned = false;

  /** Until it has a connection, undici has no controller to give: then it is broken off when it gets one. */
  function abandon(): void {
    abandoned = true;
    controller?.abort(new Error("abandoned"));
  }

  const received = new Promise<Received>((resolve, reject) => {
    let head = { statusCode: 0, headers: {} };
    const chunks: Uint8Array[] = [];
    /** How many of the last ones are as they came. */
    let pieces = 0;
    let length = 0;
    const settle = (truncated: boolean): void => {
      const { statusCode, headers: fields } = head;
      resolve({ statusCode, headers: fields, body: joined(chunks).subarray(0, MAX_RESPONSE_BYTES), truncated });
    };
    const { pathname, search, origin } = url;
    agent.dispatch(
      // A copy: the agent for a proxy writes into it.
      { origin, path: pathname + search, method: "POST", headers: { ...headers }, body },
      {
        onRequestStart(started) {
          controller = started;
          if (abandoned) abandon();
        },
        onResponseStart(_, statusCode, fields) {
          // Informational ones come before the answer.
          if (statusCode >= 200) head = { statusCode, headers: collectHeaders(fields) };
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
        onResponseError: (_, error) => reject(error),
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
