import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { policy, requestTo } from "./clients.ts";
import { httpReceiver, listen, respondWith } from "./receivers.ts";

export function registerProxyCases(openClient: OpenClient): void {
  it("tunnels every request, to a name that only the proxy resolves", async () => {
    const receiver = await httpReceiver(respondWith(200, {}, "fine"));
    const proxy = await openProxy(receiver.port);
    const client = openClient(policy(), proxy.uri);
    const posts = ["nothing.invalid", "nobody.invalid"].map((host) =>
      client.post(requestTo(`http://${host}/hook?a=b`)),
    );
    for (const post of posts) expect((await valueOf(post)).body).toBe("fine");
    expect(proxy.tunnels.map(({ target }) => target).sort()).toEqual(["nobody.invalid:80", "nothing.invalid:80"]);
    expect(new Set(proxy.tunnels.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
    expect(receiver.arrived.map(({ path }) => path)).toEqual(["/hook?a=b", "/hook?a=b"]);
  });

  it("asks the proxy for no literal address that the policy refuses", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const proxy = await openProxy(receiver.port);
    const error = await errorOf(openClient(policy(), proxy.uri).post(requestTo(receiver.url)));
    expect(error.type).toBe("HttpForbiddenAddress");
    expect(proxy.tunnels).toEqual([]);
  });

  it("does not go round a proxy that refuses", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const proxy = await openProxy(null);
    const error = await errorOf(openClient(policy("127.0.0.1"), proxy.uri).post(requestTo(receiver.url)));
    expect(error.type).toBe("HttpConnectionFailed");
    expect(proxy.tunnels).toMatchObject([{ target: `127.0.0.1:${receiver.port}` }]);
    expect(receiver.connections()).toBe(0);
  });
}

interface Tunnel {
  readonly target: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * Opens a proxy on loopback that notes where it is asked to tunnel to, and with which credentials. Whatever it is asked
 * for, it leads to one port; if that is null, it refuses.
 */
export async function openProxy(port: number | null): Promise<{ uri: string; tunnels: readonly Tunnel[] }> {
  const tunnels: Tunnel[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", ({ url: target, headers }, socket) => {
    tunnels.push({ target, authorization: headers["proxy-authorization"] });
    if (port === null) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const upstream = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    upstream.pipe(socket).pipe(upstream);
    for (const end of [socket, upstream]) end.on("error", () => [socket, upstream].forEach((other) => other.destroy()));
  });
  return { uri: `http://127.0.0.1:${(await listen(server)).port}`, tunnels };
}
