import { lookup as dnsLookup } from "node:dns";
import type { LookupAddress, LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { arrayOf, isNumber, isString, shape, type Guard } from "../../domain/guards.ts";
import type { ForbiddenAddress, NetworkPolicy } from "../../ports/network-policy.ts";

/** Carries a {@link ForbiddenAddress} through a socket's `error` event. */
export class ForbiddenAddressError extends Error {
  readonly forbidden: ForbiddenAddress;

  constructor(forbidden: ForbiddenAddress) {
    super(forbidden.message);
    this.forbidden = forbidden;
  }
}

/** Resolves a name as `dns.lookup` does with `all`. */
export type ResolveAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[] | undefined) => void,
) => void;

const resolveBySystem: ResolveAll = (hostname, options, callback) => dnsLookup(hostname, options, callback);

/**
 * Makes a look-up for `net.connect` that judges its answer. The connection goes to an address that was judged, with no
 * second look-up in between that could answer differently.
 *
 * One forbidden address among several refuses the name, because whoever runs the name server decides which one is tried
 * first.
 */
export function createGuardedLookup(
  network: NetworkPolicy,
  port: number,
  resolveAll: ResolveAll = resolveBySystem,
): LookupFunction {
  return (hostname, options, callback) => {
    const asked: unknown = resolveAll(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(nameNotResolved(hostname, error), []);
      if (!isAddresses(addresses)) return callback(brokenAnswer(hostname), []);
      const [first] = addresses;
      if (first === undefined) return callback(nameNotResolved(hostname, null), []);
      for (const { address } of addresses) {
        const verdict = network.judgeAddress(address, { hostname, port });
        if (verdict.isErr()) return callback(new ForbiddenAddressError(verdict.error), []);
      }
      if (options.all === true) return callback(null, [...addresses]);
      return callback(null, first.address, first.family);
    });
    // It may be an async function. Nobody else waits for it, and its rejection would end the process.
    if (asked instanceof Promise) asked.catch((error: unknown) => callback(nameNotResolved(hostname, error), []));
  };
}

const isAddresses: Guard<readonly LookupAddress[]> = arrayOf(shape({ address: isString, family: isNumber }));

function brokenAnswer(hostname: string): TypeError {
  return new TypeError(
    `lookup must answer for ${hostname} with an array of { address, family }, as dns.lookup does with all`,
  );
}

/** One code for all of them: which of the resolver's codes comes depends on the machine's set-up. */
function nameNotResolved(hostname: string, cause: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(`host ${hostname} does not resolve to an address`, { cause }), { code: "ENOTFOUND" });
}
