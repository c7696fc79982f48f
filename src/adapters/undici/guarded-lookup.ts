import { lookup as dnsLookup } from "node:dns";
import type { LookupAddress, LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import type { ForbiddenAddress, NetworkPolicy } from "../../ports/network-policy.ts";

/** How a {@link ForbiddenAddress} travels through a socket's `error` event. */
export class ForbiddenAddressError extends Error {
  readonly forbidden: ForbiddenAddress;

  constructor(forbidden: ForbiddenAddress) {
    super(forbidden.message);
    this.forbidden = forbidden;
  }
}

/** As `dns.lookup` with `all`. */
export type ResolveAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[] | undefined) => void,
) => void;

const resolveBySystem: ResolveAll = (hostname, options, callback) => dnsLookup(hostname, options, callback);

/**
 * A look-up for `net.connect` whose answer has been judged, so that the address that is
 * connected to is one that was judged: no second look-up in between that could answer otherwise.
 * One forbidden address among several refuses the name, because which one is tried first is up
 * to whoever runs the name server.
 */
export function createGuardedLookup(
  network: NetworkPolicy,
  port: number,
  resolveAll: ResolveAll = resolveBySystem,
): LookupFunction {
  return (hostname, options, callback) => {
    resolveAll(hostname, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error !== null || addresses === undefined || first === undefined) {
        return callback(nameNotResolved(hostname, error), []);
      }
      for (const { address } of addresses) {
        const verdict = network.judgeAddress(address, { hostname, port });
        if (verdict.isErr()) return callback(new ForbiddenAddressError(verdict.error), []);
      }
      if (options.all === true) return callback(null, [...addresses]);
      return callback(null, first.address, first.family);
    });
  };
}

/** One code for them all: which of the resolver's codes comes depends on the machine's set-up. */
function nameNotResolved(hostname: string, cause: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(`host ${hostname} does not resolve to an address`, { cause }), { code: "ENOTFOUND" });
}
