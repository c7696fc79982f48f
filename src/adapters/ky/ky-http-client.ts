import ky from "ky";
import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { createGuardedClient } from "../undici/guarded-client.ts";
import type { Send } from "../undici/guarded-client.ts";
import { createFetch } from "./fetch-over-undici.ts";

/** An HTTP client on ky, over a `fetch` that connects only where the network policy permits. */
export function kyHttpClient(): HttpClientAdapter {
  return { name: "ky", open: ({ network }) => createGuardedClient(network, send) };
}

/** Retries are events of ours, statuses are answers, and the exchange has its own timer. */
const client = ky.create({ retry: 0, throwHttpErrors: false, redirect: "manual", timeout: false });

const send: Send = async (agent, { url, headers, body }, signal) => {
  const response = await client.post(url, { headers: { ...headers }, body, fetch: createFetch(agent, signal) });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.body ?? noBody(),
  };
};

async function* noBody(): AsyncGenerator<Uint8Array> {}
