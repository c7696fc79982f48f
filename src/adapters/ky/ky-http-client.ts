import ky from "ky";
import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { beginExchange, type Received } from "../undici/exchange.ts";
import { createGuardedClient, type Send } from "../undici/guarded-client.ts";
import { resolverOf, type ResolverOptions } from "../undici/resolver-options.ts";
import { statusOnly } from "./status-only.ts";

/**
 * An HTTP client on ky, over a `fetch` that connects only where the network policy permits. Throws a `TypeError` for an option that
 * there is not.
 */
export function kyHttpClient(options: ResolverOptions = {}): HttpClientAdapter {
  const resolveAll = resolverOf(options);
  return { name: "ky", open: (context) => createGuardedClient({ ...context, resolveAll }, send) };
}

/** Retries are events of ours, statuses are answers, and the exchange has its own timer. */
const client = ky.create({ retry: 0, throwHttpErrors: false, redirect: "manual", timeout: false });

/**
 * The `fetch` that ky is given is one exchange on undici's dispatcher: the agent is ours. ky makes the call and hears its
 * status; headers and bytes go past it. It would copy the headers four times and make streams of the bytes, which takes
 * three times as long as everything else, and nothing here reads them.
 */
const send: Send = (agent, request) => {
  const exchange = new AbortController();
  const answered = new Promise<Received>((resolve, reject) => {
    const fetch = async (): Promise<Response> => {
      const { received, abandon } = beginExchange(agent, request);
      exchange.signal.addEventListener("abort", abandon);
      const answer = await received;
      resolve(answer);
      return statusOnly(answer);
    };
    client.post(request.url, { fetch }).catch(reject);
  });
  return { received: answered, abandon: () => exchange.abort() };
};
