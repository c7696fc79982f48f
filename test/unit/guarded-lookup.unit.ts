import type { LookupAddress } from "node:dns";
import { describe, expect, it, vi } from "vitest";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { ForbiddenAddressError, createGuardedLookup } from "../../src/adapters/undici/guarded-lookup.ts";

const network = createNetworkPolicy({ allow: ["10.0.0.0/8", "anywhere.internal"] })._unsafeUnwrap();

const PUBLIC = { address: "192.31.7.1", family: 4 };
const PUBLIC_6 = { address: "2606:4700:4700::1111", family: 6 };
const ALLOWED = { address: "10.0.0.1", family: 4 };
const LOOPBACK = { address: "::1", family: 6 };

const answer = (
  addresses: readonly LookupAddress[] | Error,
  { all = true, hostname = "receiver.example" }: { all?: boolean; hostname?: string } = {},
): Promise<unknown[]> =>
  new Promise((resolve) => {
    const lookup = createGuardedLookup(network, 443, (_hostname, _options, callback) =>
      addresses instanceof Error ? callback(addresses, undefined) : callback(null, addresses),
    );
    lookup(hostname, { all }, (...outcome) => resolve(outcome));
  });

describe("the look-up of a name", () => {
  it("gives all of its addresses when all are permitted", async () => {
    expect(await answer([PUBLIC, ALLOWED])).toEqual([null, [PUBLIC, ALLOWED]]);
  });

  it.each([PUBLIC, PUBLIC_6])("gives the first address if one is asked for: %j", async (first) => {
    expect(await answer([first, ALLOWED], { all: false })).toEqual([null, first.address, first.family]);
  });

  it("asks the resolver for all addresses, and else for what it was asked itself", () => {
    const asked: unknown[] = [];
    const lookup = createGuardedLookup(network, 443, (hostname, options) => asked.push([hostname, options]));
    lookup("receiver.example", { all: false, family: 6, hints: 32 }, () => undefined);
    expect(asked).toEqual([["receiver.example", { all: true, family: 6, hints: 32 }]]);
  });

  it("is ENOTFOUND if the resolver gives an error, even beside addresses, and keeps that as the cause", () => {
    const failed = new Error("stale");
    const lookup = createGuardedLookup(network, 443, (_hostname, _options, callback) => callback(failed, [PUBLIC]));
    const outcomes: unknown[] = [];
    lookup("receiver.example", { all: true }, (...outcome) => outcomes.push(outcome));
    expect(outcomes).toMatchObject([[{ code: "ENOTFOUND", cause: failed }, []]]);
  });

  it("is ENOTFOUND if the resolver is an async function that throws, and nobody else hears of it", async () => {
    const failed = new Error("no name server");
    const lookup = createGuardedLookup(network, 443, vi.fn().mockRejectedValue(failed));
    const outcome = await new Promise((resolve) => {
      lookup("receiver.example", { all: true }, (...given) => resolve(given));
    });
    expect(outcome).toMatchObject([{ code: "ENOTFOUND", cause: failed }, []]);
  });

  it.each([["10.0.0.1"], [["10.0.0.1"]], [[null]], [[{ address: "10.0.0.1" }]], [undefined]])(
    "names the rule that the resolver broke if it answers with %j",
    async (broken) => {
      const outcome = await new Promise((resolve) => {
        const lookup = createGuardedLookup(network, 443, (_hostname, _options, callback) => {
          Reflect.apply(callback, undefined, [null, broken]);
        });
        lookup("receiver.example", { all: false }, (...given) => resolve(given));
      });
      const message =
        "lookup must answer for receiver.example with an array of { address, family }, as dns.lookup does with all";
      expect(outcome).toMatchObject([{ message }, []]);
    },
  );

  it.each([[[LOOPBACK]], [[PUBLIC, LOOPBACK]], [[LOOPBACK, PUBLIC]], [[ALLOWED, PUBLIC, LOOPBACK]]])(
    "is refused when one address is forbidden, wherever it stands: %j",
    async (addresses) => {
      for (const all of [true, false]) {
        const [error, ...rest] = await answer(addresses, { all });
        expect(error).toBeInstanceOf(ForbiddenAddressError);
        expect(error).toMatchObject({ forbidden: { host: "receiver.example", address: "::1", range: "loopback" } });
        expect(rest).toEqual([[]]);
      }
    },
  );

  it("is permitted, whatever it resolves to, if the name itself is allowed", async () => {
    expect(await answer([LOOPBACK], { hostname: "anywhere.internal" })).toEqual([null, [LOOPBACK]]);
  });

  it.each([
    ["the resolver has failed for now", Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" })],
    ["there is no address", []],
  ])("is ENOTFOUND when %s", async (_why, outcome) => {
    expect((await answer(outcome))[0]).toMatchObject({ code: "ENOTFOUND" });
  });
});
