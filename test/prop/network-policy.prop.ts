import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { endpointOf, type Endpoint } from "../../src/ports/network-policy.ts";

const closed = createNetworkPolicy()._unsafeUnwrap();

/** An IPv4 address as one number, from the CIDR's network part and any bits after its prefix. */
const addressIn = (cidr: string): fc.Arbitrary<number> => {
  const [network = "", prefix = ""] = cidr.split("/");
  const hostBits = 2 ** (32 - Number(prefix));
  return fc.nat({ max: hostBits - 1 }).map((host) => toNumber(network) + host);
};

const toNumber = (dotted: string): number => dotted.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
const octets = (address: number): number[] => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
const dotted = (address: number): string => octets(address).join(".");
const groups = (address: number): string => `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;

/** Ways to write an IPv4 address in a URL (WHATWG URL, host parsing). */
const spellings: readonly ((address: number) => string)[] = [
  dotted,
  (address) => `${dotted(address)}.`,
  (address) => `${address}`,
  (address) => `0x${address.toString(16)}`,
  (address) => `0${address.toString(8)}`,
  (address) =>
    octets(address)
      .map((octet) => `0x${octet.toString(16)}`)
      .join("."),
  (address) =>
    octets(address)
      .map((octet) => `0${octet.toString(8)}`)
      .join("."),
  (address) => `${address >>> 24}.${address & 0xffffff}`,
  (address) => `[::ffff:${dotted(address)}]`,
  (address) => `[::ffff:${groups(address)}]`,
  (address) => `[0:0:0:0:0:FFFF:${groups(address)}]`,
  (address) => `[64:ff9b::${dotted(address)}]`,
  (address) => `[64:FF9B:0:0:0:0:${groups(address)}]`,
  (address) =>
    [...dotted(address)].map((sign) => (sign === "." ? "。" : String.fromCodePoint(0xff10 + Number(sign)))).join(""),
];

const hostOf = (spelling: string): Endpoint => endpointOf(new URL(`http://${spelling}/`));
const named = (hostname: string): Endpoint => ({ hostname, port: 443 });

const REFUSED_RANGES = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const anyAddress = fc.nat({ max: 2 ** 32 - 1 });
const refusedAddress = fc.oneof(...REFUSED_RANGES.map(addressIn));

describe("the network policy", () => {
  it.each(REFUSED_RANGES)("refuses every address in %s unless the range is allowed", (cidr) => {
    const open = createNetworkPolicy({ allow: [cidr] })._unsafeUnwrap();
    fc.assert(
      fc.property(addressIn(cidr), (address) => {
        expect(closed.judgeHost(hostOf(dotted(address))).isErr()).toBe(true);
        expect(closed.judgeAddress(dotted(address), named("receiver.example")).isErr()).toBe(true);
        expect(open.judgeHost(hostOf(dotted(address))).isOk()).toBe(true);
        expect(open.judgeAddress(dotted(address), named("receiver.example")).isOk()).toBe(true);
      }),
    );
  });

  it("gives the same verdict however an IPv4 address is written", () => {
    fc.assert(
      fc.property(fc.oneof(anyAddress, refusedAddress), fc.constantFrom(...spellings), (address, spell) => {
        const plain = closed.judgeAddress(dotted(address), named("receiver.example")).isOk();
        expect(closed.judgeHost(hostOf(spell(address))).isOk()).toBe(plain);
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses every IPv6 address that carries an IPv4 one to a translator or a tunnel", () => {
    const carriers = [
      (address: number) => `64:ff9b:1::${groups(address)}`,
      (address: number) => `2002:${groups(address)}::1`,
      (address: number) => `2001:0:${groups(address)}::1`,
      (address: number) => `::ffff:0:${groups(address)}`,
      (address: number) => `::${groups(address)}`,
    ];
    fc.assert(
      fc.property(anyAddress, fc.constantFrom(...carriers), (address, carry) => {
        expect(closed.judgeAddress(carry(address), named("receiver.example")).isErr()).toBe(true);
        expect(closed.judgeHost(hostOf(`[${carry(address)}]`)).isErr()).toBe(true);
      }),
    );
  });

  it("refuses every IPv6 address outside 2000::/3 that is neither IPv4-mapped nor NAT64", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const host = hostOf(`[${address}]`);
        const isMapped = /^\[(::ffff|64:ff9b:):/.test(host.hostname);
        const isGlobal = /^\[[23][0-9a-f]{3}:/.test(host.hostname);
        if (!isMapped && !isGlobal) expect(closed.judgeHost(host).isErr()).toBe(true);
      }),
    );
  });

  it("allows the one address that is named, and no other", () => {
    fc.assert(
      fc.property(refusedAddress, fc.nat(31), (allowed, bit) => {
        const policy = createNetworkPolicy({ allow: [dotted(allowed)] })._unsafeUnwrap();
        expect(policy.judgeHost(named(dotted(allowed))).isOk()).toBe(true);
        const neighbour = (allowed ^ (1 << bit)) >>> 0;
        const isOpen = closed.judgeHost(named(dotted(neighbour))).isOk();
        expect(policy.judgeHost(named(dotted(neighbour))).isOk()).toBe(isOpen);
      }),
    );
  });

  it("never throws, whatever the host, the address or the entry", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.string()), (text, allow) => {
        const judged = [
          closed.judgeHost(named(text)),
          closed.judgeAddress(text, named(text)),
          createNetworkPolicy({ allow }),
        ];
        expect(judged).toHaveLength(3);
      }),
    );
  });
});
