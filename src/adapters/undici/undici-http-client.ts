import type { HttpClientAdapter } from "../../ports/http-client.ts";
import { beginExchange } from "./exchange.ts";
import { createGuardedClient } from "./guarded-client.ts";
import { resolverOf, type ResolverOptions } from "./resolver-options.ts";

/**
 * An HTTP client straight on undici: the least work per request of all that were measured. Throws a `TypeError` for an option that
 * there is not.
 */
export function undiciHttpClient(options: ResolverOptions = {}): HttpClientAdapter {
  const resolveAll = resolverOf(options);
  return { name: "undici", open: (context) => createGuardedClient({ ...context, resolveAll }, beginExchange) };
}
