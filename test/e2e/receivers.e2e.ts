import { createServer, type RequestListener } from "node:http";
import { okAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { expressReceiver } from "../../examples/receivers/express.ts";
import { fastifyReceiver } from "../../examples/receivers/fastify.ts";
import { honoReceiver } from "../../examples/receivers/hono.ts";
import { nextRoute } from "../../examples/receivers/next.ts";
import { createReceive, type Receive } from "../../examples/receivers/receive.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { listen } from "../../src/testing/contracts/http-client/receivers.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Serves a handler that takes fetch's Request and returns its Response. */
function fetching(respond: (request: Request) => Response | Promise<Response>): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.entries(request.headers).map(([name, text]): [string, string] => [name, String(text)]);
      const { method = "" } = request;
      const asked = new Request("http://receiver.example/hooks", { method, headers, body: Buffer.concat(chunks) });
      void Promise.resolve(respond(asked)).then(async (answer) => {
        response.writeHead(answer.status).end(await answer.text());
      });
    });
  };
}

const examples: readonly (readonly [name: string, listener: (receive: Receive) => Promise<RequestListener>])[] = [
  ["Express", async (receive) => Promise.resolve(expressReceiver(receive))],
  [
    "Fastify",
    async (receive) => {
      const app = fastifyReceiver(receive);
      await app.ready();
      return app.routing;
    },
  ],
  ["Hono", async (receive) => Promise.resolve(fetching((request) => honoReceiver(receive).fetch(request)))],
  ["Next.js", async (receive) => Promise.resolve(fetching(nextRoute(receive)))],
];

describe.each(examples)("the receiver on %s", (_name, listenerOf) => {
  async function start(handle: (event: unknown) => Promise<void>): Promise<string> {
    const server = createServer(await listenerOf(createReceive(secret, handle)));
    const { port } = await listen(server);
    return `http://127.0.0.1:${port}/hooks`;
  }

  it("accepts what hookledger sends, again if its handler failed, and handles it once", async () => {
    const handled: unknown[] = [];
    let failures = 1;
    const url = await start(async (event) => {
      await Promise.resolve();
      failures -= 1;
      if (failures >= 0) throw new Error("not now");
      handled.push(event);
    });
    const hooks = await openHooks();
    const retryConfig = { baseDelaySeconds: 0.01 };
    await value(hooks.webhooks.register({ url, events: ["memory.updated"], secret, retryConfig }));
    const payload = { text: "žluťoučký 🐎", n: 1.5 };
    const [outcome] = await value(hooks.dispatch({ event: "memory.updated", payload }));
    expect(outcome).toMatchObject({ success: true, statusCode: 200 });
    expect(handled).toEqual([payload]);
  });

  it("refuses a request that is signed with another secret or not signed", async () => {
    const handled: unknown[] = [];
    const url = await start((event) => {
      handled.push(event);
      return Promise.resolve();
    });
    const hooks = await openHooks();
    const retryConfig = { maxRetries: 1 };
    await value(hooks.webhooks.register({ url, events: ["memory.updated"], secret: "another", retryConfig }));
    const [outcome] = await value(hooks.dispatch({ event: "memory.updated", payload: {} }));
    expect(outcome).toMatchObject({ success: false, error: "HTTP 401: signature-mismatch" });
    const unsigned = await fetch(url, { method: "POST", body: "{}" });
    expect([unsigned.status, await unsigned.text()]).toEqual([401, "missing-signature"]);
    expect(handled).toEqual([]);
  });

  it("answers a replay without handling it again", async () => {
    const handled: unknown[] = [];
    const url = await start((event) => {
      handled.push(event);
      return Promise.resolve();
    });
    const sent: RequestInit[] = [];
    const hooks = await openHooks({
      http: {
        name: "recording",
        open: () => ({
          post: ({ headers, body }) => {
            sent.push({ method: "POST", headers: { ...headers }, body: Buffer.from(body) });
            return okAsync({ statusCode: 200, headers: {}, body: "", truncated: false });
          },
          close: () => Promise.resolve(),
        }),
      },
    });
    await value(hooks.webhooks.register({ url, events: ["memory.updated"], secret }));
    await value(hooks.dispatch({ event: "memory.updated", payload: { a: 1 } }));
    const answers: string[] = [];
    for (const request of [...sent, ...sent]) answers.push(await (await fetch(url, request)).text());
    expect(answers).toEqual(["handled", "repeat"]);
    expect(handled).toEqual([{ a: 1 }]);
  });
});
