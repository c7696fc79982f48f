import ipaddr from "ipaddr.js";
import { err, ok } from "neverthrow";
import type { Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { ForbiddenAddress, NetworkPolicy } from "../../ports/network-policy.ts";
import { normaliseHost, parseAllowList } from "./allow-list.ts";
import type { Address, AllowList } from "./allow-list.ts";

export interface NetworkOptions {
  /**
   * What is permitted besides the public internet: CIDRs, addresses and host names. A host name matches exactly, and
   * may resolve to any address. An address or a name with a port, such as `receiver.internal:8080`, is permitted at
   * that port only.
   */
  readonly allow?: readonly string[] | undefined;
  /**
   * An HTTP proxy through which every request is tunnelled, such as `http://proxy.internal:3128`; none by default,
   * whatever the environment says. The proxy resolves the receivers' names, so it must judge what they resolve to.
   */
  readonly proxy?: string | undefined;
  /** Whether a webhook's URL must be `https:`; by default `http:` is allowed too. */
  readonly httpsOnly?: boolean | undefined;
}

export const networkNames: NamesOf<NetworkOptions> = { allow: true, proxy: true, httpsOnly: true };

/** What IANA has assigned as global unicast (RFC 4291, 2.4). The rest of IPv6 is not on the internet. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
/** NAT64's well-known prefix (RFC 6052, 2.1): the last four bytes are the IPv4 address to which the packet goes on. */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
const LOOPBACK = ["127.0.0.1", "::1"];

/**
 * Permits globally routable unicast addresses, and what `allow` names. Judges IPv4-mapped and NAT64 addresses as the
 * IPv4 address that they stand for. Refuses 6to4, Teredo, and NAT64 under a prefix of somebody's own.
 *
 * Errors: `InvalidInput`, naming the entry as `network.allow[i]`, or `network.httpsOnly`.
 */
export function createNetworkPolicy(options: NetworkOptions = {}): Result<NetworkPolicy, InvalidInput> {
  const { allow = [], httpsOnly = false } = options;
  if (typeof httpsOnly !== "boolean") return err(invalidInput("network.httpsOnly", "must be true or false", httpsOnly));
  return parseAllowList(allow).map((allowed) => policyOver(allowed, httpsOnly));
}

function policyOver(allowed: AllowList, httpsOnly: boolean): NetworkPolicy {
  const judgeAddress: NetworkPolicy["judgeAddress"] = (address, endpoint) => {
    if (allowed.permitsName(endpoint)) return ok();
    const range = forbiddenRange(address, endpoint.port, allowed);
    return range === null ? ok() : err(forbidden(endpoint.hostname, address, range));
  };

  return {
    httpsOnly,
    judgeAddress,
    judgeHost(endpoint) {
      const host = normaliseHost(endpoint.hostname);
      if (host === "localhost" || host.endsWith(".localhost")) {
        const permitted = LOOPBACK.some((address) => judgeAddress(address, endpoint).isOk());
        return permitted ? ok() : err(forbidden(endpoint.hostname, null, "loopback"));
      }
      return ipaddr.isValid(host) ? judgeAddress(host, endpoint) : ok();
    },
  };
}

/** Returns the name of the range that forbids the address, or `null` if none does. */
function forbiddenRange(text: string, port: number, allowed: AllowList): string | null {
  if (!ipaddr.isValid(text)) return "unknown";
  const address = ipaddr.process(text);
  const target = behindNat64(address);
  if (allowed.permitsAddress(address, port) || allowed.permitsAddress(target, port)) return null;
  const range = rangeOf(target);
  return range === "unicast" ? null : range;
}

function behindNat64(address: Address): Address {
  const isBehind = address instanceof ipaddr.IPv6 && address.match(NAT64);
  return isBehind ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address;
}

function rangeOf(address: Address): string {
  const range = address.range();
  // The library calls every address unicast that it has no name for, for example ::127.0.0.1.
  if (range === "unicast" && address instanceof ipaddr.IPv6 && !address.match(GLOBAL_IPV6)) return "reserved";
  return range;
}

function forbidden(host: string, address: string | null, range: string): ForbiddenAddress {
  const isLiteral = address === null || normaliseHost(host) === address;
  const what = isLiteral ? `host ${host} is in` : `host ${host} resolves to ${address}, which is in`;
  const hint = "to permit it, name the host, the address or its CIDR in network.allow";
  const message = `${what} the range "${range}" and is refused by default; ${hint}`;
  return { type: "ForbiddenAddress", host, address, range, message };
}
