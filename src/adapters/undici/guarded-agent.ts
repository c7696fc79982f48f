import { Agent } from "undici";
import type { NetworkPolicy } from "../../ports/network-policy.ts";
import { createGuardedLookup } from "./guarded-lookup.ts";

/** How long a socket may hang in a connect that its exchange, timed out, no longer waits for. */
const CONNECT_TIMEOUT_MS = 60_000;

/**
 * A pool of keep-alive connections for each origin, opened only to addresses that the policy permits.
 *
 * The number of connections is left to whoever posts: a bound here would make exchanges queue, and
 * a queued one can use up its time without a byte sent.
 */
export function createGuardedAgent(network: NetworkPolicy): Agent {
  return new Agent({
    allowH2: false,
    // The exchange's own timer counts, from the look-up to the last byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { lookup: createGuardedLookup(network), timeout: CONNECT_TIMEOUT_MS },
  });
}
