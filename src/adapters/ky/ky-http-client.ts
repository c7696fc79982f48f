import ky from "ky";
import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { beginExchange, type Received } from "../undici/exchange.ts";
import { createGuardedClient, type Send } from "../undici/guarded-client.ts";
import { resolverOf, type ResolverOptions } from "../undici/resolver-options.ts";

/**
 * Makes an HTTP client on ky, over a `fetch` that connects only where the network policy permits. Throws a `TypeError`
 * for an unknown option.
 */
export function kyHttpClient(options: ResolverOptions = {}): HttpClientAdapter {
  const resolveAll = resolverOf(options);
  return { name: "ky", open: (context) => createGuardedClient({ ...context, resolveAll }, send) };
}

/** hookledger records retries itself, and times the exchange itself. */
const client = ky.create({ retry: 0, timeout: false });

/**
 * The `fetch` given to ky is one exchange on undici's dispatcher, with our agent. ky makes the call and learns whether
 * there was an answer; the answer itself bypasses it. ky would copy the headers four times and make streams of the
 * bytes, which takes three times as long as everything else, and nothing here reads them.
 */
const send: Send = (agent, request) => {
  const exchange = new AbortController();
  const answered = new Promise<Received>((resolve, reject) => {
    const fetch = async (): Promise<Response> => {
      const { received, abandon } = beginExchange(agent, request);
      exchange.signal.addEventListener("abort", abandon);
      resolve(await received);
      return new Response();
    };
    client.post(request.url, { fetch }).catch(reject);
  });
  return { received: answered, abandon: () => exchange.abort() };
};
