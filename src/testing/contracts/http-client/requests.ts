import { expect, it, onTestFinished } from "vitest";
import { valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { requestTo } from "./clients.ts";
import { httpReceiver, respondWith, tcpReceiver } from "./receivers.ts";

export function registerRequestCases(openClient: OpenClient): void {
  it("arrives as a POST with the same path, bytes and headers", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const body = Buffer.from(Array.from({ length: 512 }, (_, byte) => byte % 256));
    const latin = "caf\u00e9\t ~\u0080\u00ff";
    const headers = { "Content-Type": "application/json", "User-Agent": "kemi-webhook/1.0", "X-Latin": latin };

    const outcome = await openClient().post(requestTo(`${receiver.url}/a%20b?c=d&e`, { headers, body }));

    expect(outcome.isOk()).toBe(true);
    expect(receiver.arrived).toMatchObject([
      {
        method: "POST",
        path: "/hook/a%20b?c=d&e",
        body,
        headers: { "content-type": "application/json", "user-agent": "kemi-webhook/1.0", "x-latin": latin },
      },
    ]);
  });

  it("has no headers but the given ones and those of HTTP itself", async () => {
    let head = "";
    const receiver = await tcpReceiver((socket, received) => {
      head = received;
      socket.end("HTTP/1.1 204 No Content\r\n\r\n");
    });

    const request = requestTo(receiver.url, { headers: { "X-Given": "1" }, body: Buffer.from("12345") });
    await valueOf(openClient().post(request));

    const [requestLine, ...lines] = head.split("\r\n");
    expect(requestLine).toBe("POST /hook HTTP/1.1");
    const headers = lines.slice(0, lines.indexOf(""));
    expect(headers.map((line) => line.toLowerCase()).sort()).toEqual([
      "connection: keep-alive",
      "content-length: 5",
      `host: 127.0.0.1:${receiver.port}`,
      "x-given: 1",
    ]);
  });

  it("may have an empty body", async () => {
    const receiver = await httpReceiver(respondWith(200));
    await valueOf(openClient().post(requestTo(receiver.url, { body: new Uint8Array() })));
    expect(receiver.arrived[0]?.body).toHaveLength(0);
    expect(receiver.arrived[0]?.headers["content-length"]).toBe("0");
  });

  it("may have a body of 1 MiB, even one that is part of a larger buffer", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const body = new Uint8Array(2 ** 20 + 10).map((_, index) => index % 251).subarray(10);
    await valueOf(openClient().post(requestTo(receiver.url, { body })));
    expect(receiver.arrived[0]?.body.equals(body)).toBe(true);
  });

  it("gets its own answer when fifty are made at once", async () => {
    const receiver = await httpReceiver((_request, response, { body }) => response.end(body));
    const client = openClient();
    const numbers = Array.from({ length: 50 }, (_, index) => `${index}`);

    const responses = await Promise.all(
      numbers.map((number) => valueOf(client.post(requestTo(receiver.url, { body: Buffer.from(number) })))),
    );

    expect(responses.map(({ body }) => body)).toEqual(numbers);
    expect(receiver.arrived).toHaveLength(50);
  });

  it("reuses the connections of earlier requests", async () => {
    const receiver = await httpReceiver(respondWith(200, {}, "done"));
    const client = openClient();
    for (let count = 0; count < 20; count += 1) await valueOf(client.post(requestTo(receiver.url)));
    expect(receiver.arrived).toHaveLength(20);
    expect(receiver.connections()).toBeLessThan(5);
  });

  it("takes no proxy from the environment", async () => {
    const proxy = await tcpReceiver((socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    const receiver = await httpReceiver(respondWith(200));
    for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "NODE_USE_ENV_PROXY"]) {
      const before = process.env[name];
      process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : `http://127.0.0.1:${proxy.port}`;
      onTestFinished(() => {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      });
    }

    const { statusCode } = await valueOf(openClient().post(requestTo(receiver.url)));

    expect(statusCode).toBe(200);
    expect(proxy.connections()).toBe(0);
  });
}
