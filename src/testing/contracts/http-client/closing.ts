import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { requestTo } from "./clients.ts";
import type { Receiver } from "./receivers.ts";
import { httpReceiver, respondWith, tcpReceiver } from "./receivers.ts";

export function registerClosingCases(openClient: OpenClient): void {
  it("twice, even at the same time, is the same as closing once", async () => {
    const client = openClient();
    await Promise.all([client.close(), client.close()]);
    await expect(client.close()).resolves.not.toThrow();
  });

  it("refuses later posts and sends nothing", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const client = openClient();
    await client.close();
    expect((await errorOf(client.post(requestTo(receiver.url)))).type).toBe("HttpClosed");
    expect(receiver.connections()).toBe(0);
  });

  it("ends a post that still waits for its answer, and drops the connection", async () => {
    const client = openClient();
    const { receiver, requested } = await silentReceiver();
    const post = client.post(requestTo(receiver.url));
    await requested;
    await client.close();
    expect((await errorOf(post)).type).toBe("HttpClosed");
    await receiver.disconnected;
  });

  it("ends posts that have not yet connected, or have read half of their answer", async () => {
    const receiver = await tcpReceiver((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"));
    const client = openClient();
    const posts = [client.post(requestTo(receiver.url)), client.post(requestTo("http://nothing.invalid/"))];
    await client.close();
    for (const post of posts) expect((await errorOf(post)).type).toBe("HttpClosed");
  });

  it("drops the connections that were kept for later", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const client = openClient();
    await valueOf(client.post(requestTo(receiver.url)));
    await client.close();
    await receiver.disconnected;
  });
}

/** Creates a receiver that takes a request, tells that it has come, and never answers. */
async function silentReceiver(): Promise<{ receiver: Receiver; requested: Promise<void> }> {
  let tell: () => void = () => undefined;
  const requested = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { receiver: await tcpReceiver(() => tell()), requested };
}
