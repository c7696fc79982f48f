import { request as undiciRequest } from "undici";
import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { collectHeaders } from "./collect-headers.ts";
import { createGuardedClient } from "./guarded-client.ts";
import type { Send } from "./guarded-client.ts";

/** An HTTP client straight on undici: the least work per request of all that were measured. */
export function undiciHttpClient(): HttpClientAdapter {
  return { name: "undici", open: ({ network }) => createGuardedClient(network, send) };
}

const send: Send = async (agent, { url, headers, body }, signal) => {
  const response = await undiciRequest(url, {
    dispatcher: agent,
    method: "POST",
    headers: { ...headers },
    body,
    signal,
  });
  return { statusCode: response.statusCode, headers: collectHeaders(response.headers), body: response.body };
};
