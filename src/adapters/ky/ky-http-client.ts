import ky from "ky";
import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { beginExchange } from "../undici/exchange.ts";
import { createGuardedClient, type Send } from "../undici/guarded-client.ts";
import { toResponse } from "./response-over-undici.ts";

/** An HTTP client on ky, over a `fetch` that connects only where the network policy permits. */
export function kyHttpClient(): HttpClientAdapter {
  return { name: "ky", open: ({ network }) => createGuardedClient(network, send) };
}

/** Retries are events of ours, statuses are answers, and the exchange has its own timer. */
const client = ky.create({ retry: 0, throwHttpErrors: false, redirect: "manual", timeout: false });

/**
 * The `fetch` that ky is given is one exchange on undici's dispatcher: a quarter of the work of the global one, and the
 * agent is ours. It sends the bytes that were given to ky, rather than reading them out of ky's request again.
 */
const send: Send = (agent, request) => {
  const abandoned = new AbortController();
  let truncated = false;
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    const { url, headers } = new Request(input);
    const fields = Object.fromEntries(headers);
    const exchange = beginExchange(agent, { ...request, url: new URL(url), headers: fields });
    abandoned.signal.addEventListener("abort", exchange.abandon);
    const received = await exchange.received;
    ({ truncated } = received);
    return toResponse(received);
  };
  const received = client
    .post(request.url, { headers: { ...request.headers }, body: request.body, fetch })
    .then(async (response) => ({
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: response.body === null ? new Uint8Array() : new Uint8Array(await response.arrayBuffer()),
      truncated,
    }));
  return { received, abandon: () => abandoned.abort() };
};
