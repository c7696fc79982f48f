import { Agent, buildConnector, Pool, ProxyAgent, type Dispatcher } from "undici";
import { endpointOf, type NetworkPolicy } from "../../ports/network-policy.ts";
import { createGuardedLookup, type ResolveAll } from "./guarded-lookup.ts";

/** How long a socket may go on connecting after its exchange has timed out and no longer waits for it. */
const CONNECT_TIMEOUT_MS = 60_000;

/** The exchange has its own timer, from the look-up to the last byte. */
const UNTIMED = { headersTimeout: 0, bodyTimeout: 0, allowH2: false } as const;

export interface Connecting {
  readonly network: NetworkPolicy;
  readonly proxy: string | null;
  readonly resolveAll?: ResolveAll | undefined;
}

/**
 * Makes a pool of keep-alive connections for each origin, opened only to addresses that the policy permits. With a
 * proxy, all go through tunnels that the proxy opens.
 *
 * The caller decides how many connections there are: a bound here would make exchanges queue, and a queued one can use
 * up its time without sending a byte.
 */
export function createGuardedAgent({ network, proxy, resolveAll }: Connecting): Dispatcher {
  if (proxy !== null) return tunnelling(proxy);
  const connectors = new Map<number, buildConnector.connector>();

  /** What is permitted depends on the port, which a look-up is not told. */
  function connectorTo(port: number): buildConnector.connector {
    const known = connectors.get(port);
    if (known !== undefined) return known;
    const lookup = createGuardedLookup(network, port, resolveAll);
    const made = buildConnector({ allowH2: false, timeout: CONNECT_TIMEOUT_MS, lookup });
    connectors.set(port, made);
    return made;
  }

  return new Agent({
    ...UNTIMED,
    connect: (options, callback) => connectorTo(endpointOf(options).port)(options, callback),
  });
}

/**
 * The proxy agent makes its own connectors. The settings must go to each of them: the one to the proxy, and the one for
 * TLS through a tunnel.
 */
function tunnelling(uri: string): Dispatcher {
  const connecting = { timeout: CONNECT_TIMEOUT_MS };
  const { username, password } = new URL(uri);
  const credentials = decodeURIComponent(`${username}:${password}`);
  const token = `Basic ${Buffer.from(credentials).toString("base64")}`;
  return new ProxyAgent({
    ...UNTIMED,
    uri,
    // By itself the agent drops a user name without a password, and a password without a user name.
    ...(credentials !== ":" && { token }),
    proxyTls: connecting,
    requestTls: connecting,
    // A proxy that does not answer a CONNECT holds the socket of an exchange that was given up long ago.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: CONNECT_TIMEOUT_MS }),
  });
}
