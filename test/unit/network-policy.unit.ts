import { describe, expect, it } from "vitest";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { endpointOf } from "../../src/ports/network-policy.ts";

const verdictOn = (url: string, allow: readonly string[] = []): string => {
  const policy = createNetworkPolicy({ allow })._unsafeUnwrap();
  return policy.judgeHost(endpointOf(new URL(url))).match(
    () => "permitted",
    (error) => error.range,
  );
};

describe("by default, the host of a URL is refused when it is", () => {
  it.each([
    ["loopback", "http://127.0.0.1/"],
    ["loopback", "http://127.255.255.254/"],
    ["loopback", "http://127.1/"],
    ["loopback", "http://127.0.0.1./"],
    ["loopback", "http://2130706433/"],
    ["loopback", "http://0x7f000001/"],
    ["loopback", "http://0x7f.1/"],
    ["loopback", "http://0177.0.0.1/"],
    ["loopback", "http://017700000001/"],
    ["loopback", "http://①②⑦.⓪.⓪.①/"],
    ["loopback", "http://127。0。0。1/"],
    ["loopback", "http://%31%32%37.0.0.1/"],
    ["loopback", "https://127.0.0.1:8443/path"],
    ["loopback", "http://[::1]/"],
    ["loopback", "http://[0:0:0:0:0:0:0:1]/"],
    ["loopback", "http://[::ffff:127.0.0.1]/"],
    ["loopback", "http://[::ffff:7f00:1]/"],
    ["loopback", "http://localhost/"],
    ["loopback", "http://LOCALHOST/"],
    ["loopback", "http://localhost./"],
    ["loopback", "http://localhost:3000/"],
    ["loopback", "http://ⓛocalhost/"],
    ["loopback", "http://api.localhost/"],
    ["loopback", "http://a.b.localhost./"],
    ["unspecified", "http://0/"],
    ["unspecified", "http://0.0.0.0/"],
    ["unspecified", "http://0.1.2.3/"],
    ["unspecified", "http://[::]/"],
    ["unspecified", "http://[::ffff:0:0]/"],
    ["private", "http://10.0.0.1/"],
    ["private", "http://167772161/"],
    ["private", "http://172.16.0.1/"],
    ["private", "http://172.31.255.255/"],
    ["private", "http://192.168.1.1/"],
    ["private", "http://0xc0.0xa8.1.1/"],
    ["private", "http://[::ffff:192.168.1.1]/"],
    ["linkLocal", "http://169.254.169.254/latest/meta-data/"],
    ["linkLocal", "http://0xa9fea9fe/"],
    ["linkLocal", "http://[fe80::1]/"],
    ["linkLocal", "http://[::ffff:a9fe:a9fe]/"],
    ["uniqueLocal", "http://[fc00::1]/"],
    ["uniqueLocal", "http://[fd12:3456:789a::1]/"],
    ["deprecatedSiteLocal", "http://[fec0::1]/"],
    ["carrierGradeNat", "http://100.64.0.1/"],
    ["carrierGradeNat", "http://100.127.255.255/"],
    ["multicast", "http://224.0.0.1/"],
    ["multicast", "http://239.255.255.250/"],
    ["multicast", "http://[ff02::1]/"],
    ["broadcast", "http://255.255.255.255/"],
    ["reserved", "http://240.0.0.1/"],
    ["reserved", "http://192.0.0.1/"],
    ["reserved", "http://192.0.2.1/"],
    ["reserved", "http://198.51.100.1/"],
    ["reserved", "http://203.0.113.1/"],
    ["reserved", "http://198.18.0.1/"],
    ["reserved", "http://192.88.99.1/"],
    ["reserved", "http://[2001:db8::1]/"],
    ["reserved", "http://[3fff::1]/"],
    ["reserved", "http://[::127.0.0.1]/"],
    ["reserved", "http://[::a00:1]/"],
    ["reserved", "http://[4000::1]/"],
    ["loopback", "http://[64:ff9b::7f00:1]/"],
    ["loopback", "http://[64:ff9b::127.0.0.1]/"],
    ["linkLocal", "http://[64:ff9b::a9fe:a9fe]/"],
    ["rfc6052", "http://[64:ff9b:1::a00:1]/"],
    ["reserved", "http://[64:ff9b::1:808:808]/"],
    ["rfc6145", "http://[::ffff:0:127.0.0.1]/"],
    ["6to4", "http://[2002:7f00:1::]/"],
    ["6to4", "http://[2002:808:808::]/"],
    ["teredo", "http://[2001:0:7f00:1::]/"],
    ["discard", "http://[100::1]/"],
  ])("%s: %s", (range, url) => {
    expect(verdictOn(url)).toBe(range);
  });
});

describe("by default, the host of a URL is permitted when it is public, or a name", () => {
  it.each([
    "http://8.8.8.8/",
    "http://134744072/",
    "http://1.1.1.1./",
    "http://9.255.255.255/",
    "http://11.0.0.0/",
    "http://100.63.255.255/",
    "http://100.128.0.0/",
    "http://172.15.255.255/",
    "http://172.32.0.0/",
    "http://223.255.255.255/",
    "http://[2606:4700:4700::1111]/",
    "http://[3000::1]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[64:ff9b::808:808]/",
    "http://receiver.example/",
    "http://receiver.example./",
    "http://localhost.example/",
    "http://notlocalhost/",
    "http://127.0.0.1.example/",
    "http://xn--bcher-kva.example/",
  ])("%s", (url) => {
    expect(verdictOn(url)).toBe("permitted");
  });
});

describe("network.allow permits what it names, and nothing else that is refused by default", () => {
  it.each([
    ["10.0.0.0/8", "http://10.255.0.1/", "permitted"],
    ["10.0.0.0/8", "http://[::ffff:10.0.0.1]/", "permitted"],
    ["10.0.0.0/8", "http://11.0.0.1/", "permitted"],
    ["10.0.0.0/8", "http://192.168.0.1/", "private"],
    ["10.0.0.0/8", "http://[64:ff9b::a00:1]/", "permitted"],
    ["192.168.0.0/16", "http://[64:ff9b::a00:1]/", "private"],
    ["10.0.0.0/8", "http://[64:ff9b:1::a00:1]/", "rfc6052"],
    ["10.0.0.7:8080", "http://10.0.0.7:8080/", "permitted"],
    ["10.0.0.7:8080", "https://10.0.0.7:8080/", "permitted"],
    ["10.0.0.7:8080", "http://10.0.0.7/", "private"],
    ["10.0.0.7:8080", "http://10.0.0.8:8080/", "private"],
    ["10.0.0.7:80", "http://10.0.0.7/", "permitted"],
    ["10.0.0.7:443", "https://10.0.0.7/", "permitted"],
    ["10.0.0.7:443", "http://10.0.0.7/", "private"],
    ["10.0.0.7:65535", "http://10.0.0.7:65535/", "permitted"],
    ["[::1]:8080", "http://[::1]:8080/", "permitted"],
    ["[::1]:8080", "http://[::1]:8081/", "loopback"],
    ["localhost:3000", "http://LOCALHOST.:3000/", "permitted"],
    ["localhost:3000", "http://localhost:3001/", "loopback"],
    ["10.0.0.7", "http://10.0.0.7/", "permitted"],
    ["10.0.0.7", "http://10.0.0.8/", "private"],
    ["0.0.0.0/0", "http://127.0.0.1/", "permitted"],
    ["0.0.0.0/0", "http://[::1]/", "loopback"],
    ["::1/128", "http://[::1]/", "permitted"],
    ["::1", "http://localhost/", "permitted"],
    ["[::1]", "http://[::1]/", "permitted"],
    ["::1", "http://127.0.0.1/", "loopback"],
    ["fc00::/7", "http://[fd00::1]/", "permitted"],
    ["fc00::/7", "http://[fe80::1]/", "linkLocal"],
    ["64:ff9b::/96", "http://[64:ff9b::808:808]/", "permitted"],
    ["::ffff:10.0.0.0/104", "http://10.1.2.3/", "permitted"],
    ["::ffff:10.0.0.0/104", "http://10.255.2.3/", "permitted"],
    ["::ffff:10.0.0.0/104", "http://172.16.2.3/", "private"],
    ["::ffff:10.0.0.1", "http://10.0.0.1/", "permitted"],
    ["::ffff:0.0.0.0/96", "http://10.0.0.1/", "permitted"],
    ["::ffff:0.0.0.0/95", "http://10.0.0.1/", "private"],
    ["::ffff:0.0.0.0/64", "http://10.0.0.1/", "private"],
    ["::/0", "http://[::ffff:10.0.0.1]/", "private"],
    ["localhost", "http://localhost/", "permitted"],
    ["LocalHost.", "http://localhost./", "permitted"],
    ["localhost", "http://127.0.0.1/", "loopback"],
    ["localhost", "http://a.localhost/", "loopback"],
    ["a.localhost", "http://a.localhost/", "permitted"],
    ["127.0.0.0/8", "http://localhost/", "permitted"],
    ["receiver.internal", "http://localhost/", "loopback"],
  ])("%s for %s: %s", (entry, url, verdict) => {
    expect(verdictOn(url, ["192.0.2.77", entry])).toBe(verdict);
  });
});

describe("an address that a name resolved to", () => {
  const policy = createNetworkPolicy({
    allow: [
      ...["10.0.0.0/8", "Receiver.Internal", "bücher.internal", "mu\u0308ller.internal"],
      ...["at443.internal:443", "at80.internal:80", `a.${"a".repeat(63)}`],
    ],
  })._unsafeUnwrap();

  it.each([
    ["8.8.8.8", "receiver.example", true],
    ["127.0.0.1", "receiver.example", false],
    ["fe80::1%eth0", "receiver.example", false],
    ["::ffff:169.254.169.254", "receiver.example", false],
    ["not an address", "receiver.example", false],
    ["10.1.1.1", "receiver.example", true],
    ["127.0.0.1", "receiver.internal", true],
    ["127.0.0.1", "RECEIVER.internal.", true],
    ["127.0.0.1", "sub.receiver.internal", false],
    ["127.0.0.1", "xn--bcher-kva.internal", true],
    ["127.0.0.1", "xn--mller-kva.internal", true],
    ["127.0.0.1", `a.${"a".repeat(63)}`, true],
    ["127.0.0.1", "at443.internal", true],
    ["127.0.0.1", "at80.internal", false],
  ])("%s of %s: %s", (address, hostname, permitted) => {
    expect(policy.judgeAddress(address, { hostname, port: 443 }).isOk()).toBe(permitted);
  });

  it("is named in the error, with its host, its range and what to do", () => {
    const error = policy.judgeAddress("127.0.0.1", { hostname: "receiver.example", port: 443 })._unsafeUnwrapErr();
    expect(error).toMatchObject({
      type: "ForbiddenAddress",
      host: "receiver.example",
      address: "127.0.0.1",
      range: "loopback",
    });
    for (const part of ["receiver.example", "127.0.0.1", "loopback", "network.allow"])
      expect(error.message).toContain(part);
  });
});

describe("the error about a URL's host", () => {
  const policy = createNetworkPolicy()._unsafeUnwrap();

  it.each(["127.0.0.1", "[::1]", "localhost", "a.localhost"])("says of %s where it is, and of no look-up", (host) => {
    const { message } = policy.judgeHost(endpointOf(new URL(`http://${host}/`)))._unsafeUnwrapErr();
    expect(message).toContain(`host ${host} is in the range "loopback"`);
  });

  it("says of a name what it resolves to", () => {
    const { message } = policy.judgeAddress("::1", { hostname: "receiver.example", port: 443 })._unsafeUnwrapErr();
    expect(message).toContain('host receiver.example resolves to ::1, which is in the range "loopback"');
  });
});

describe("an entry of network.allow that is no CIDR, address or host name is refused by its index", () => {
  it.each([
    "",
    " ",
    ".",
    "/",
    "10/8",
    "10.0.0/8",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/x",
    "10.0.0.0/ 8",
    "010.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "256.0.0.1",
    "1.2.3.4.5",
    "::1/129",
    "::1::",
    "[::1",
    ":::",
    "*.internal",
    "http://receiver.internal",
    "receiver.internal:0",
    "receiver.internal:65536",
    "receiver.internal:",
    "receiver.internal:http",
    "receiver.internal:80:80",
    "10.0.0.0/8:80",
    ":80",
    "[::1]:",
    "[fc00::/7]:80",
    "x::1]",
    "[::1x",
    "0x7f000001",
    "receiver internal",
    "a..b",
    "a".repeat(64),
    `a.${"a".repeat(64)}.internal`,
    "user@host",
    "receiver.internal/8",
    "receiver.internal?a",
    "receiver.internal#a",
    "a\\b",
    "a%2eb",
    "a\tb",
  ])("%j", (entry) => {
    const error = createNetworkPolicy({ allow: ["10.0.0.0/8", entry] })._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: "InvalidInput", field: "network.allow[1]" });
    expect(error.message).toContain("CIDR");
  });

  it("also if it is no string, and so is a list that is no array", () => {
    const fromJson = (text: string): readonly string[] => JSON.parse(text);
    expect(createNetworkPolicy({ allow: fromJson("[7]") })._unsafeUnwrapErr().field).toBe("network.allow[0]");
    expect(createNetworkPolicy({ allow: fromJson('"10.0.0.0/8"') })._unsafeUnwrapErr().field).toBe("network.allow");
  });

  it("but a missing list is valid, and permits neither loopback nor private addresses", () => {
    expect(createNetworkPolicy()._unsafeUnwrap().judgeHost({ hostname: "127.0.0.1", port: 80 }).isErr()).toBe(true);
    expect(
      createNetworkPolicy({ allow: undefined })._unsafeUnwrap().judgeHost({ hostname: "10.0.0.1", port: 80 }).isErr(),
    ).toBe(true);
  });
});
