import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import { Result, err, ok } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { Endpoint } from "../../ports/network-policy.ts";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What an entry permits: addresses, or a name, whatever it resolves to. */
type Place = { readonly range: [Address, number] } | { readonly name: string };
type Entry = Place & { readonly port: number | null };

export interface AllowList {
  /** Whether the name is permitted, whatever it resolves to. */
  permitsName(endpoint: Endpoint): boolean;
  permitsAddress(address: Address, port: number): boolean;
}

const RULE =
  'must be a CIDR ("10.0.0.0/8", "::1/128"), an address ("10.0.0.1", "::1"), a host name ("receiver.internal"), or one of the last two with a port ("receiver.internal:8080", "[::1]:8080")';
const UNICODE_HOST_NAME = /^[\p{L}\p{N}\p{M}._-]+$/u;
const HOST_NAME = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
/** One colon only, since an IPv6 address without brackets has more. */
const WITH_PORT = /^([^:/]+|\[[^\]]+\]):(\d{1,5})$/;
const LAST_PORT = 65_535;

/** Parses the allow list. Errors: `InvalidInput`, naming the entry as `network.allow[i]`. */
export function parseAllowList(allow: readonly string[]): Result<AllowList, InvalidInput> {
  if (!Array.isArray(allow)) return err(invalidInput("network.allow", "must be an array", allow));
  return Result.combine(allow.map(parseEntry)).map(allowListOf);
}

/** Gives a host one spelling: lower case, without the root's dot, without an IPv6 literal's brackets. */
export function normaliseHost(hostname: string): string {
  return unbracket(hostname.toLowerCase().replace(/\.+$/, ""));
}

function allowListOf(entries: readonly Entry[]): AllowList {
  const atPort = (port: number) => entries.filter((entry) => entry.port === null || entry.port === port);
  return {
    permitsName({ hostname, port }) {
      const host = normaliseHost(hostname);
      return atPort(port).some((entry) => "name" in entry && entry.name === host);
    },
    permitsAddress(address, port) {
      const ranges = atPort(port).flatMap((entry) => ("range" in entry ? [entry.range] : []));
      return ipaddr.subnetMatch(address, { allowed: ranges }, "other") === "allowed";
    },
  };
}

function parseEntry(given: unknown, index: number): Result<Entry, InvalidInput> {
  const entry = typeof given === "string" ? (parsePlace(given, null) ?? parseWithPort(given)) : null;
  return entry === null ? err(invalidInput(`network.allow[${index}]`, RULE, given)) : ok(entry);
}

function parseWithPort(text: string): Entry | null {
  const [, place = "", digits = ""] = WITH_PORT.exec(text) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= LAST_PORT ? parsePlace(place, port) : null;
}

function parsePlace(text: string, port: number | null): Entry | null {
  const range = parseRange(text);
  if (range !== null) return { range, port };
  const name = parseHostName(text);
  return name === null ? null : { name, port };
}

function parseRange(text: string): [Address, number] | null {
  const [addressText = "", prefixText, ...rest] = text.split("/");
  const address = parseAddress(unbracket(addressText));
  if (address === null || rest.length > 0) return null;

  const bits = address instanceof ipaddr.IPv4 ? 32 : 128;
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return null;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return null;

  // Mapped addresses are judged as the IPv4 addresses they stand for, so their ranges must be too.
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96) {
    return [address.toIPv4Address(), prefix - 96];
  }
  return [address, prefix];
}

/** Accepts full spellings only: in the short ones, "10/8" would silently stand for 0.0.0.10/8. */
function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}

function parseHostName(text: string): string | null {
  // Checked before the conversion as well, which stops at a slash and leaves out what follows.
  if (!UNICODE_HOST_NAME.test(text)) return null;
  const name = domainToASCII(normaliseHost(text));
  const endsInNumber = /(^|\.)(\d+|0x[0-9a-f]*)$/.test(name);
  return HOST_NAME.test(name) && !endsInNumber ? name : null;
}

function unbracket(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
