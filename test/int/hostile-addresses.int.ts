import { once } from "node:events";
import { createServer, isIPv6, type Server } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { undiciHttpClient, type ResolverOptions } from "../../src/adapters/undici/index.ts";
import type { HttpClientAdapter } from "../../src/ports/http-client.ts";
import { httpReceiver, respondWith } from "../../src/testing/contracts/http-client/receivers.ts";
import { policy, requestTo } from "../../src/testing/contracts/http-client/clients.ts";
import { hostileAnswers, hostileHosts } from "../support/hostile-addresses.ts";
import { failure, openHooks, value } from "../support/open-hooks.ts";

const adapters: readonly (readonly [name: string, create: (options?: ResolverOptions) => HttpClientAdapter])[] = [
  ["undici", undiciHttpClient],
  ["ky", kyHttpClient],
];

type Lookup = NonNullable<ResolverOptions["lookup"]>;

/** Answers each look-up with the next of the answers, and then always with the last. */
function resolver(...answers: readonly (readonly string[])[]): { lookup: Lookup; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    lookup: (_hostname, _options, callback) => {
      const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })),
      );
    },
  };
}

interface Trap {
  readonly port: number;
  readonly touched: () => number;
}

/** Listens where nothing may come: on 127.0.0.2 and, at the same port, on ::1. */
async function setTrap(port = 0): Promise<Trap> {
  let touched = 0;
  const listen = async (host: string, at: number): Promise<Server> => {
    const server = createServer((socket) => {
      touched += 1;
      socket.destroy();
    });
    server.listen(at, host);
    await once(server, "listening");
    onTestFinished(async () => {
      server.close();
      await once(server, "close");
    });
    return server;
  };
  const address = (await listen("127.0.0.2", port)).address();
  if (address === null || typeof address === "string") throw new Error("the trap has no port");
  await listen("::1", address.port);
  return { port: address.port, touched: () => touched };
}

/** The trap is set at the port of a receiver on 127.0.0.1, which is permitted. */
async function besideReceiver() {
  const receiver = await httpReceiver(respondWith(200, { connection: "close" }));
  return { receiver, trap: await setTrap(receiver.port) };
}

describe.each(adapters)("%s, to an address that is forbidden", (_name, create) => {
  function open(options: ResolverOptions = {}, ...allow: readonly string[]) {
    const client = create(options).open({ network: policy(...allow), proxy: null });
    onTestFinished(() => client.close());
    return client;
  }

  it("sends nothing, however a URL spells it", async () => {
    const { receiver, trap } = await besideReceiver();
    const client = open();
    for (const host of hostileHosts) {
      const outcome = await client.post(requestTo(`http://${host}:${trap.port}/`));
      expect(outcome._unsafeUnwrapErr().type, host).toBe("HttpForbiddenAddress");
    }
    expect([trap.touched(), receiver.connections()]).toEqual([0, 0]);
  });

  it("sends nothing, whatever a name server answers", async () => {
    const { receiver, trap } = await besideReceiver();
    for (const answer of hostileAnswers) {
      const { lookup } = resolver(answer);
      const outcome = await open({ lookup }, "127.0.0.1").post(requestTo(`http://receiver.example:${trap.port}/`));
      expect(outcome._unsafeUnwrapErr().type, JSON.stringify(answer)).toBe("HttpForbiddenAddress");
    }
    expect([trap.touched(), receiver.connections()]).toEqual([0, 0]);
  });

  it("sends nothing to it, if the name server answers with it only the second time", async () => {
    const { receiver, trap } = await besideReceiver();
    const { lookup, asked } = resolver(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1", "::1"]);
    const client = open({ lookup }, "127.0.0.1");
    const outcomes: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const outcome = await client.post(requestTo(`http://rebound.example:${trap.port}/`));
      outcomes.push(
        outcome.match(
          ({ statusCode }) => `${statusCode}`,
          ({ type }) => type,
        ),
      );
    }
    const refused = "HttpForbiddenAddress";
    expect(outcomes).toEqual(["200", refused, "200", refused, refused]);
    // Each connection goes to the address that was judged: there is one look-up for each request, and no other.
    expect([asked(), receiver.connections(), trap.touched()]).toEqual([5, 2, 0]);
  });

  it("sends nothing to another port of a host that is permitted at one port", async () => {
    const { receiver, trap } = await besideReceiver();
    const other = await setTrap();
    const { lookup } = resolver(["127.0.0.1"]);
    const client = open({ lookup }, `receiver.internal:${trap.port}`);
    const at = (port: number) => client.post(requestTo(`http://receiver.internal:${port}/`));
    expect((await at(trap.port))._unsafeUnwrap().statusCode).toBe(200);
    expect((await at(other.port))._unsafeUnwrapErr().type).toBe("HttpForbiddenAddress");
    expect([receiver.connections(), other.touched()]).toEqual([1, 0]);
  });

  it("is refused at registration and at an update too, however a URL spells it", async () => {
    const { trap } = await besideReceiver();
    const hooks = await openHooks({ http: create(), network: {} });
    const events = ["memory.updated"] as const;
    const { webhookId } = await value(hooks.webhooks.register({ url: "http://receiver.example/", events }));
    for (const host of hostileHosts) {
      const url = `http://${host}:${trap.port}/`;
      expect((await failure(hooks.webhooks.register({ url, events }))).type, host).toBe("ForbiddenAddress");
      expect((await failure(hooks.webhooks.update(webhookId, { url }))).type, host).toBe("ForbiddenAddress");
    }
    expect(trap.touched()).toBe(0);
  });

  it("fails the attempt, and the ledger says why", async () => {
    const { trap } = await besideReceiver();
    const { lookup } = resolver(["127.0.0.1", "127.0.0.2"]);
    const http = create({ lookup });
    const hooks = await openHooks({ http, network: { allow: ["127.0.0.1"] } });
    const url = `http://receiver.example:${trap.port}/`;
    const retryConfig = { maxRetries: 1 };
    await value(hooks.webhooks.register({ url, events: ["memory.updated"], retryConfig }));
    const { deliveries } = await value(hooks.publish({ event: "memory.updated", payload: {} }));
    await value(hooks.worker().runUntilIdle());
    const [attempt] = await value(hooks.deliveries.attempts(deliveries[0]?.deliveryId ?? ""));
    const message = expect.stringContaining('resolves to 127.0.0.2, which is in the range "loopback"');
    expect(attempt?.failure).toEqual({ kind: "forbidden", message });
    expect(trap.touched()).toBe(0);
  });
});

it("the tables hold at least 120 different ways to reach a forbidden address", () => {
  expect(new Set([...hostileHosts, ...hostileAnswers.map((answer) => answer.join())]).size).toBeGreaterThanOrEqual(120);
});
