import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { MAX_RESPONSE_BYTES } from "../../../ports/http-client.ts";
import { valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { requestTo } from "./clients.ts";
import { httpReceiver, respondWith, tcpReceiver } from "./receivers.ts";

export function registerResponseCases(openClient: OpenClient): void {
  const bodyless = [204, 205, 304];
  it.each([200, 201, 202, 204, 205, 206, 299, 300, 304, 307, 400, 404, 410, 429, 500, 503, 599, 600, 999])(
    "is Ok with status %d",
    async (status) => {
      const body = bodyless.includes(status) ? "" : "the answer";
      const receiver = await httpReceiver(respondWith(status, {}, body));
      const response = await valueOf(openClient().post(requestTo(receiver.url)));
      expect(response).toMatchObject({ statusCode: status, body, truncated: false });
      expect(receiver.arrived).toHaveLength(1);
    },
  );

  it.each([301, 302, 303, 307, 308])("with status %d is not followed", async (status) => {
    const target = await httpReceiver(respondWith(200));
    const receiver = await httpReceiver(respondWith(status, { location: target.url }));
    const response = await valueOf(openClient().post(requestTo(receiver.url)));
    expect(response.statusCode).toBe(status);
    expect(response.headers["location"]).toBe(target.url);
    expect(target.connections()).toBe(0);
  });

  it("comes after interim responses", async () => {
    const receiver = await tcpReceiver((socket) =>
      socket.end("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    );
    expect(await valueOf(openClient().post(requestTo(receiver.url)))).toMatchObject({
      statusCode: 200,
      body: "ok",
    });
  });

  it.each([204, 304])("with status %d ends with its headers, whatever length they name", async (status) => {
    const receiver = await tcpReceiver((socket) => socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\n`));
    const response = await valueOf(openClient().post(requestTo(receiver.url)));
    expect(response).toMatchObject({ statusCode: status, body: "", truncated: false });
  });

  it("has its headers' names in lower case", async () => {
    const receiver = await httpReceiver(respondWith(503, { "Retry-After": "120", "X-ReQuest-ID": "Abc" }));
    const { headers } = await valueOf(openClient().post(requestTo(receiver.url)));
    expect(headers).toMatchObject({ "retry-after": "120", "x-request-id": "Abc" });
  });

  it("joins the values of repeated headers, with one character for each byte", async () => {
    const receiver = await tcpReceiver((socket) =>
      socket.end(
        "HTTP/1.1 200 OK\r\nx-a: 1\r\nset-cookie: a=1\r\nX-A: 2\r\nset-cookie: b=2\r\nx-name: 名前\r\ncontent-length: 0\r\n\r\n",
      ),
    );
    const { headers } = await valueOf(openClient().post(requestTo(receiver.url)));
    const nameAsBytes = Buffer.from("名前").toString("latin1");
    expect(headers).toEqual({ "x-a": "1, 2", "set-cookie": "a=1, b=2", "x-name": nameAsBytes, "content-length": "0" });
  });

  it("may be text beyond ASCII, or no text at all", async () => {
    const text = await httpReceiver(respondWith(200, {}, "\ufeffžluťoučký 🐎"));
    expect((await valueOf(openClient().post(requestTo(text.url)))).body).toBe("\ufeffžluťoučký 🐎");
    const bytes = await httpReceiver(respondWith(200, {}, Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x00, 0xe2, 0x82])));
    expect((await valueOf(openClient().post(requestTo(bytes.url)))).body).toBe("a\ufffd\ufffd(\u0000\ufffd");
  });

  it.each([
    ["text/plain; charset=iso-8859-1", Buffer.from([0x63, 0xe9]), "c\u00e9"],
    ["text/plain;charset=iso-8859-1 ;x=y", Buffer.from([0x63, 0xe9]), "c\u00e9"],
    ['text/plain;Charset="Shift_JIS"; x=y', Buffer.from([0x93, 0xfa]), "\u65e5"],
    ["application/json; charset=utf-16le", Buffer.from("c\u00e9", "utf16le"), "c\u00e9"],
    ["text/plain; charset=utf-8", Buffer.from("\ufeffc\u00e9"), "\ufeffc\u00e9"],
    ["text/plain; charset=nobody-knows", Buffer.from("\ufeffc\u00e9"), "\ufeffc\u00e9"],
    // The standard knows this charset as one that must not be decoded.
    ["text/plain; charset=iso-2022-kr", Buffer.from("c\u00e9"), "c\u00e9"],
    ["text/plain; charset=", Buffer.from("c\u00e9"), "c\u00e9"],
    ["text/plain", Buffer.from([0x63, 0xe9]), "c\ufffd"],
  ])("of %s is read by its charset, or as UTF-8 if it names no known charset", async (type, bytes, text) => {
    const receiver = await httpReceiver(respondWith(500, { "content-type": type }, bytes));
    expect((await valueOf(openClient().post(requestTo(receiver.url)))).body).toBe(text);
  });

  it("in another charset is cut at the limit too", async () => {
    const text = Buffer.from("\u65e5".repeat(MAX_RESPONSE_BYTES), "utf16le");
    const headers = { "content-type": "text/plain; charset=utf-16le" };
    const receiver = await httpReceiver(respondWith(200, headers, text));
    const { body, truncated } = await valueOf(openClient().post(requestTo(receiver.url)));
    expect([body, truncated]).toEqual(["\u65e5".repeat(MAX_RESPONSE_BYTES / 2), true]);
  });

  it("that is compressed comes as it is", async () => {
    const bytes = gzipSync("the answer");
    const receiver = await httpReceiver(respondWith(200, { "content-encoding": "gzip" }, bytes));
    const response = await valueOf(openClient().post(requestTo(receiver.url)));
    expect(response.headers["content-encoding"]).toBe("gzip");
    expect(response.body).toBe(bytes.toString());
  });

  it("of exactly the limit is whole, and its connection is kept", async () => {
    const receiver = await httpReceiver(respondWith(200, {}, "x".repeat(MAX_RESPONSE_BYTES)));
    const client = openClient();
    const response = await valueOf(client.post(requestTo(receiver.url)));
    expect(response.body).toHaveLength(MAX_RESPONSE_BYTES);
    expect(response.truncated).toBe(false);
    for (let count = 1; count < 20; count += 1) await valueOf(client.post(requestTo(receiver.url)));
    expect(receiver.connections()).toBeLessThan(5);
  });

  it.each([1, 1000, 10 * 2 ** 20])("is cut at the limit if it is longer by %d bytes", async (surplus) => {
    const receiver = await httpReceiver(respondWith(200, {}, "x".repeat(MAX_RESPONSE_BYTES + surplus)));
    const response = await valueOf(openClient().post(requestTo(receiver.url)));
    expect(response.body).toHaveLength(MAX_RESPONSE_BYTES);
    expect(response.truncated).toBe(true);
  });

  it("without an end is cut at the limit, and its connection dropped", async () => {
    const receiver = await httpReceiver((_request, response) => {
      const flood = (): void => {
        while (response.writable && response.write("x".repeat(16_384)));
      };
      response.on("drain", flood);
      flood();
    });
    const client = openClient();
    const response = await valueOf(client.post(requestTo(receiver.url)));
    expect(response).toMatchObject({ statusCode: 200, truncated: true });
    await receiver.disconnected;
  });

  it("that is cut within a character leaves that character out", async () => {
    const receiver = await httpReceiver(respondWith(200, {}, `x${"é".repeat(MAX_RESPONSE_BYTES)}`));
    const { body } = await valueOf(openClient().post(requestTo(receiver.url)));
    expect(body).toBe(`x${"é".repeat(MAX_RESPONSE_BYTES / 2 - 1)}`);
  });
}
