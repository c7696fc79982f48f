import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { httpReceiver, tcpReceiver, type Receiver } from "../../src/testing/contracts/http-client/receivers.ts";
import { openHooks, value } from "../support/open-hooks.ts";

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const MESSAGES = 12;
/** All answers at once, and what is unpacked and poured beside them, take a third of it on a busy machine. */
const TIMEOUT_SECONDS = 12;
const event = "memory.updated";

/** Sends a body of `total` bytes, the same piece again and again, as fast as it is taken; resolves to how much was. */
async function pour(response: ServerResponse, piece: Buffer, total: number): Promise<number> {
  let sent = 0;
  function* pieces(): Generator<Buffer> {
    for (; sent < total; sent += piece.length) yield piece;
  }
  // The other end is expected to hang up.
  await pipeline(pieces, response).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
  return sent;
}

function drip(write: () => void, until: { on(event: "close", listener: () => void): unknown }): void {
  const timer = setInterval(write, 1000);
  until.on("close", () => clearInterval(timer));
}

async function hostileReceivers(taken: number[]) {
  const piece = Buffer.alloc(MiB / 16, "x");
  /** Each member of the gzip unpacks to 16 MiB, so a body of 1 MiB unpacks to a gigabyte. */
  const member = gzipSync(Buffer.alloc(16 * MiB));
  const flood = (status: number, headers: Record<string, string>, piece: Buffer, total: number) =>
    httpReceiver((_, response) => {
      response.writeHead(status, headers);
      void pour(response, piece, total).then((sent) => taken.push(sent));
    });
  return {
    never: await tcpReceiver(() => undefined),
    drippingHead: await tcpReceiver((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nx-a: ");
      drip(() => socket.write("a"), socket);
    }),
    drippingBody: await httpReceiver((_, response) => {
      response.writeHead(200);
      drip(() => response.write("x"), response);
    }),
    endlessHead: await tcpReceiver((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(`x-a: ${"a".repeat(1000)}\r\n`));
      };
      socket.on("drain", more).write("HTTP/1.1 200 OK\r\n");
      more();
    }),
    gigabyte: await flood(500, {}, piece, GiB),
    bomb: await flood(500, { "content-encoding": "gzip" }, member, member.length * 64),
    smallBomb: await flood(500, { "content-encoding": "gzip" }, member, member.length),
  } satisfies Record<string, Receiver>;
}

describe.each([kyHttpClient, undiciHttpClient])("hostile receivers, by %o", (createClient) => {
  it("hold no attempt beyond its time, fill no memory, and keep no delivery from another receiver", async () => {
    const taken: number[] = [];
    const receivers = await hostileReceivers(taken);
    const good = await httpReceiver((_, response) => response.writeHead(204).end());
    const hooks = await openHooks({ http: createClient(), request: { timeoutSeconds: TIMEOUT_SECONDS } });
    const retryConfig = { maxRetries: 1 };
    for (const [webhookId, { url }] of Object.entries({ ...receivers, good })) {
      await value(hooks.webhooks.register({ webhookId, url, events: [event], retryConfig }));
    }
    await value(hooks.publishMany(Array.from({ length: MESSAGES }, (_, n) => ({ event, payload: { n } }) as const)));
    const worker = hooks.worker({ perWebhookConcurrency: MESSAGES });
    const before = process.memoryUsage();
    await value(worker.runUntilIdle());
    const after = process.memoryUsage();

    expect(good.arrived).toHaveLength(MESSAGES);
    const timedOut = ["timeout"];
    expect(await outcomes("never")).toEqual(timedOut);
    expect(await outcomes("drippingHead")).toEqual(timedOut);
    expect(await outcomes("drippingBody")).toEqual(timedOut);
    expect(await outcomes("endlessHead")).toEqual(["connection UND_ERR_HEADERS_OVERFLOW"]);
    expect(await outcomes("gigabyte")).toEqual([`status ${"x".repeat(200)}`]);
    const unread = "status (a body in gzip, which is not unpacked)";
    expect(await outcomes("bomb")).toEqual([unread]);
    expect(await outcomes("smallBomb")).toEqual([unread]);
    // Only what both ends' buffers took had left the receiver before the connection was dropped.
    expect(taken).toHaveLength(3 * MESSAGES);
    expect(Math.max(...taken)).toBeLessThan(32 * MiB);
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(128 * MiB);

    /** The ways in which its attempts ended, each once. */
    async function outcomes(webhookId: string): Promise<readonly string[]> {
      const { items } = await value(hooks.deliveries.list({ webhookId, limit: 100 }));
      expect(items).toHaveLength(MESSAGES);
      const ways = new Set<string>();
      for (const { deliveryId } of items) {
        for (const { failure, response } of await value(hooks.deliveries.attempts(deliveryId))) {
          ways.add([failure?.kind, failure?.kind === "connection" ? failure.code : response].join(" ").trim());
        }
      }
      return [...ways];
    }
  });
});
