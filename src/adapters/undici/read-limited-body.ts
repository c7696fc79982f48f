import { MAX_RESPONSE_BYTES } from "../../ports/http-client.ts";
import type { HttpResponse } from "../../ports/http-client.ts";

/**
 * Reads at most {@link MAX_RESPONSE_BYTES}. Leaving the loop early destroys the stream, and with it
 * the connection: reading on, only to keep the connection alive, would be the receiver's choice of how much.
 */
export async function readLimitedBody(
  body: AsyncIterable<Uint8Array>,
): Promise<Pick<HttpResponse, "body" | "truncated">> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > MAX_RESPONSE_BYTES) break;
  }
  const truncated = length > MAX_RESPONSE_BYTES;
  const bytes = Buffer.concat(chunks).subarray(0, MAX_RESPONSE_BYTES);
  // Unfinished (`stream`), the decoder keeps back a character that the limit has cut in two.
  return { body: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: truncated }), truncated };
}
