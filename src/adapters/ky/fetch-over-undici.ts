import { request as undiciRequest } from "undici";
import type { Agent } from "undici";
import { collectHeaders } from "../undici/collect-headers.ts";
import { toResponse } from "./response-over-undici.ts";

/**
 * A `fetch` on `undici.request`: about a third of the work of the global one, and its agent is ours.
 *
 * The signal comes from outside the request, because a request's own one follows through weak
 * references, and may be collected before it has passed an abort on.
 */
export function createFetch(agent: Agent, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : new Request(input, init);
    const { statusCode, headers, body } = await undiciRequest(request.url, {
      dispatcher: agent,
      method: "POST",
      headers: Object.fromEntries(request.headers),
      body: new Uint8Array(await request.arrayBuffer()),
      signal,
    });
    return toResponse(statusCode, collectHeaders(headers), body);
  };
}
