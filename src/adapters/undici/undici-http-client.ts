import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { beginExchange } from "./exchange.ts";
import { createGuardedClient } from "./guarded-client.ts";
import { resolverOf, type ResolverOptions } from "./resolver-options.ts";

/**
 * Makes an HTTP client directly on undici, which of all the clients measured does the least work per request. Throws a
 * `TypeError` for an unknown option.
 */
export function undiciHttpClient(options: ResolverOptions = {}): HttpClientAdapter {
  const resolveAll = resolverOf(options);
  return { name: "undici", open: (context) => createGuardedClient({ ...context, resolveAll }, beginExchange) };
}
