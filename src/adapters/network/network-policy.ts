import ipaddr from "ipaddr.js";
import { err, ok } from "neverthrow";
import type { Result } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { ForbiddenAddress, NetworkPolicy } from "../../ports/network-policy.ts";
import { normaliseHost, parseAllowList } from "./allow-list.ts";
import type { Address, AllowList } from "./allow-list.ts";

export interface NetworkOptions {
  /**
   * What is permitted beside the public internet: CIDRs, addresses and host names. A host name
   * matches exactly, and may resolve to any address.
   */
  readonly allow?: readonly string[] | undefined;
}

/** What IANA has given out as global unicast (RFC 4291, 2.4); the rest of IPv6 is no place on the internet. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
const LOOPBACK = ["127.0.0.1", "::1"];

/**
 * Permits globally routable unicast addresses, and what `allow` names. Addresses that embed an
 * IPv4 address (NAT64, 6to4, Teredo) are refused whatever they embed; IPv4-mapped ones are judged
 * as the IPv4 address.
 *
 * Errors: `InvalidInput`, naming the entry as `network.allow[i]`.
 */
export function createNetworkPolicy(options: NetworkOptions = {}): Result<NetworkPolicy, InvalidInput> {
  return parseAllowList(options.allow ?? []).map(policyOver);
}

function policyOver(allowed: AllowList): NetworkPolicy {
  const judgeAddress: NetworkPolicy["judgeAddress"] = (address, hostname) => {
    if (allowed.hosts.has(normaliseHost(hostname))) return ok();
    const range = forbiddenRange(address, allowed);
    return range === null ? ok() : err(forbidden(hostname, address, range));
  };

  return {
    judgeAddress,
    judgeHost(hostname) {
      const host = normaliseHost(hostname);
      if (host === "localhost" || host.endsWith(".localhost")) {
        const permitted = LOOPBACK.some((address) => judgeAddress(address, host).isOk());
        return permitted ? ok() : err(forbidden(hostname, null, "loopback"));
      }
      return ipaddr.isValid(host) ? judgeAddress(host, host) : ok();
    },
  };
}

/** The name of the range that forbids the address, or `null` if nothing does. */
function forbiddenRange(text: string, allowed: AllowList): string | null {
  if (!ipaddr.isValid(text)) return "unknown";
  const address = ipaddr.process(text);
  if (ipaddr.subnetMatch(address, { allowed: allowed.ranges }, "other") === "allowed") return null;
  const range = rangeOf(address);
  return range === "unicast" ? null : range;
}

function rangeOf(address: Address): string {
  const range = address.range();
  // The library calls everything unicast that it has no name for, ::127.0.0.1 for one.
  if (range === "unicast" && address instanceof ipaddr.IPv6 && !address.match(GLOBAL_IPV6)) return "reserved";
  return range;
}

function forbidden(host: string, address: string | null, range: string): ForbiddenAddress {
  const isLiteral = address === null || normaliseHost(host) === address;
  const what = isLiteral ? `host ${host} is in` : `host ${host} resolves to ${address}, which is in`;
  const message = `${what} the range "${range}", which is refused by default; to permit it, name the host, the address or its CIDR in network.allow`;
  return { type: "ForbiddenAddress", host, address, range, message };
}
