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
    const proxy = await tunnelTo(receiver.port);
    const client = openClient(policy(), proxy.uri);
    const posts = ["nothing.invalid", "nobody.invalid"].map((host) =>
      client.post(requestTo(`http://${host}/hook?a=b`)),
    );
    for (const post of posts) expect((await valueOf(post)).body).toBe("fine");
    expect([...proxy.targets].sort()).toEqual(["nobody.invalid:80", "nothing.invalid:80"]);
    expect(receiver.arrived.map(({ path }) => path)).toEqual(["/hook?a=b", "/hook?a=b"]);
  });

  it("asks the proxy for no literal address that the policy refuses", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const proxy = await tunnelTo(receiver.port);
    const error = await errorOf(openClient(policy(), proxy.uri).post(requestTo(receiver.url)));
    expect(error.type).toBe("HttpForbiddenAddress");
    expect(proxy.targets).toEqual([]);
  });

  it("does not go round a proxy that refuses", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const proxy = await tunnelTo(null);
    const error = await errorOf(openClient(policy("127.0.0.1"), proxy.uri).post(requestTo(receiver.url)));
    expect(error.type).toBe("HttpConnectionFailed");
    expect(proxy.targets).toEqual([`127.0.0.1:${receiver.port}`]);
    expect(receiver.connections()).toBe(0);
  });
}

/** Creates a proxy on loopback that notes where it is asked to tunnel to, and leads to one port; null to none. */
async function tunnelTo(port: number | null): Promise<{ uri: string; targets: readonly (string | undefined)[] }> {
  const targets: (string | undefined)[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", ({ url }, socket) => {
    targets.push(url);
    if (port === null) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const upstream = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    upstream.pipe(socket).pipe(upstream);
    for (const end of [socket, upstream]) end.on("error", () => [socket, upstream].forEach((other) => other.destroy()));
  });
  return { uri: `http://127.0.0.1:${(await listen(server)).port}`, targets };
}
