import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { requestTo } from "./clients.ts";
import { closedPort, httpReceiver, tcpReceiver } from "./receivers.ts";

export function registerFailureCases(openClient: OpenClient): void {
  const timeoutSeconds = 0.2;
  const timeout = { type: "HttpTimeout", timeoutSeconds };

  it("a post is HttpTimeout if no answer comes, and the connection is dropped", async () => {
    const receiver = await tcpReceiver(() => undefined);
    const error = await errorOf(openClient().post(requestTo(receiver.url, { timeoutSeconds })));
    expect(error).toMatchObject(timeout);
    await receiver.disconnected;
  });

  it("a post is HttpTimeout if the answer stops after its headers", async () => {
    const receiver = await tcpReceiver((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"));
    const error = await errorOf(openClient().post(requestTo(receiver.url, { timeoutSeconds })));
    expect(error).toMatchObject(timeout);
    await receiver.disconnected;
  });

  it("a post is HttpTimeout if the answer drips without an end", async () => {
    const receiver = await httpReceiver((_request, response) => {
      const drip = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(drip));
    });
    const error = await errorOf(openClient().post(requestTo(receiver.url, { timeoutSeconds })));
    expect(error).toMatchObject(timeout);
    await receiver.disconnected;
  });

  it("a timeout's message names the host, and nothing else of the request", async () => {
    const receiver = await tcpReceiver(() => undefined);
    const url = `${receiver.url}/path-secret?token=query-secret`;
    const headers = { authorization: "header-secret" };
    const { message } = await errorOf(
      openClient().post(requestTo(url, { timeoutSeconds, headers, body: Buffer.from("body-secret") })),
    );
    expect(message).toContain(`127.0.0.1:${receiver.port}`);
    expect(message).toContain("0.2 s");
    expect(message).not.toMatch(/secret/);
  });

  it("a post is HttpConnectionFailed if nothing listens", async () => {
    const port = await closedPort();
    const error = await errorOf(openClient().post(requestTo(`http://127.0.0.1:${port}/path-secret`)));
    expect(error).toMatchObject({ type: "HttpConnectionFailed", code: "ECONNREFUSED" });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).not.toContain("secret");
  });

  it.each([
    ["before the answer", ""],
    ["within the headers", "HTTP/1.1 200 OK\r\nx-a: "],
    ["within the body", "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nonly this"],
    ["within a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nonly this"],
  ])("a post is HttpConnectionFailed, and not sent again, if the connection is reset or ended %s", async (_, sent) => {
    const reset = await tcpReceiver((socket) => socket.write(sent, () => socket.resetAndDestroy()));
    const ended = await tcpReceiver((socket) => socket.end(sent));
    for (const receiver of [reset, ended]) {
      expect((await errorOf(openClient().post(requestTo(receiver.url)))).type).toBe("HttpConnectionFailed");
      expect(receiver.connections()).toBe(1);
    }
  });

  it("a post is not sent again if its connection was kept from an earlier one, and ends", async () => {
    const receiver = await httpReceiver((request, response) => {
      if (request.url === "/hook") response.end("fine");
      else request.socket.destroy();
    });
    const client = openClient();
    await valueOf(client.post(requestTo(receiver.url)));
    expect((await errorOf(client.post(requestTo(`${receiver.url}/ends`)))).type).toBe("HttpConnectionFailed");
    expect(receiver.arrived.map(({ path }) => path)).toEqual(["/hook", "/hook/ends"]);
  });

  it.each([
    ["something else than HTTP", "220 mail.example ESMTP\r\n"],
    ["a damaged header", "HTTP/1.1 200 OK\r\nx-a: \u0000\r\n\r\n"],
    [
      "an upgrade that nobody asked for",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    ],
    ["headers without an end", `HTTP/1.1 200 OK\r\n${`x-a: ${"a".repeat(1000)}\r\n`.repeat(100)}`],
  ])("a post is HttpConnectionFailed if the answer is %s", async (_what, sent) => {
    const receiver = await tcpReceiver((socket) => socket.write(sent));
    expect((await errorOf(openClient().post(requestTo(receiver.url)))).type).toBe("HttpConnectionFailed");
    await receiver.disconnected;
  });

  it("a post is HttpConnectionFailed if an https URL leads to a port that speaks http", async () => {
    const receiver = await httpReceiver((_request, response) => response.end());
    const error = await errorOf(openClient().post(requestTo(receiver.url.replace("http:", "https:"))));
    expect(error.type).toBe("HttpConnectionFailed");
    expect(receiver.arrived).toHaveLength(0);
  });

  it("a post is HttpConnectionFailed if the host's name does not resolve", async () => {
    const error = await errorOf(openClient().post(requestTo("http://nothing.invalid/path-secret")));
    expect(error).toMatchObject({ type: "HttpConnectionFailed", code: "ENOTFOUND" });
    expect(error.message).toContain("nothing.invalid");
    expect(error.message).not.toContain("secret");
  });

  it("a failure leaves the client usable", async () => {
    const client = openClient();
    await errorOf(client.post(requestTo(`http://127.0.0.1:${await closedPort()}/`)));
    const receiver = await httpReceiver((_request, response) => response.end("fine"));
    expect((await valueOf(client.post(requestTo(receiver.url)))).body).toBe("fine");
  });
}
