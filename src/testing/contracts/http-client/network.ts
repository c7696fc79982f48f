import { ok } from "neverthrow";
import { expect, it } from "vitest";
import { errorOf, valueOf } from "../results.ts";
import type { OpenClient } from "./clients.ts";
import { policy, requestTo } from "./clients.ts";
import { httpReceiver, respondWith } from "./receivers.ts";

export function registerNetworkCases(openClient: OpenClient): void {
  it.each([
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "⑫7.0.0.1",
    "[::ffff:127.0.0.1]",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "0.0.0.0",
  ])("keeps a client without permission away from %s", async (host) => {
    const receiver = await httpReceiver(respondWith(200));
    const error = await errorOf(openClient(policy()).post(requestTo(`http://${host}:${receiver.port}/path-secret`)));
    expect(error.type).toBe("HttpForbiddenAddress");
    expect(error.message).toContain("network.allow");
    expect(error.message).not.toContain("secret");
    expect(receiver.connections()).toBe(0);
  });

  it("judges what a name resolves to, even if it permits the name itself", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const network = { ...policy(), judgeHost: () => ok() };
    const error = await errorOf(openClient(network).post(requestTo(`http://localhost:${receiver.port}/`)));
    expect(error).toMatchObject({
      type: "HttpForbiddenAddress",
      host: "localhost",
      range: "loopback",
    });
    expect(receiver.connections()).toBe(0);
  });

  it("judges what a name resolves to by the port of the request, whichever port came first", async () => {
    const [permitted, other] = [await httpReceiver(respondWith(200)), await httpReceiver(respondWith(200))];
    const { port } = permitted;
    const network = { ...policy(`127.0.0.1:${port}`, `[::1]:${port}`), judgeHost: () => ok() };
    const [first, second] = [openClient(network), openClient(network)];
    const toPermitted = requestTo(`http://localhost:${port}/`);
    const toOther = requestTo(`http://localhost:${other.port}/`);
    expect((await valueOf(first.post(toPermitted))).statusCode).toBe(200);
    expect((await errorOf(first.post(toOther))).type).toBe("HttpForbiddenAddress");
    expect((await errorOf(second.post(toOther))).type).toBe("HttpForbiddenAddress");
    expect((await valueOf(second.post(toPermitted))).statusCode).toBe(200);
    expect(other.connections()).toBe(0);
  });

  it("refuses http if it permits https only", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const network = { ...policy("127.0.0.0/8"), httpsOnly: true };
    const error = await errorOf(openClient(network).post(requestTo(`${receiver.url}/path-secret`)));
    expect(error).toMatchObject({ type: "HttpInvalidRequest", field: "url" });
    expect(error.message).toContain("network.httpsOnly");
    expect(error.message).not.toContain("secret");
    expect(receiver.connections()).toBe(0);
  });

  it("may permit a range or a name", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const byRange = await valueOf(openClient(policy("127.0.0.0/8")).post(requestTo(receiver.url)));
    expect(byRange.statusCode).toBe(200);
    const byName = await valueOf(openClient(policy("localhost")).post(requestTo(`http://localhost:${receiver.port}/`)));
    expect(byName.statusCode).toBe(200);
  });

  it.each(["127.0.0.1", "localhost"])("may permit one port of %s, and refuses all others", async (host) => {
    const [permitted, other] = [await httpReceiver(respondWith(200)), await httpReceiver(respondWith(200))];
    const client = openClient(policy(`${host}:${permitted.port}`));
    const { statusCode } = await valueOf(client.post(requestTo(`http://${host}:${permitted.port}/`)));
    expect(statusCode).toBe(200);
    const refused = await errorOf(client.post(requestTo(`http://${host}:${other.port}/`)));
    expect(refused).toMatchObject({ type: "HttpForbiddenAddress", host });
    expect(other.connections()).toBe(0);
  });

  it("judges each request, not only the first to a receiver", async () => {
    const receiver = await httpReceiver(respondWith(200));
    const client = openClient(policy("localhost"));
    const byName = await client.post(requestTo(`http://localhost:${receiver.port}/`));
    expect(byName.isOk()).toBe(true);
    expect((await errorOf(client.post(requestTo(receiver.url)))).type).toBe("HttpForbiddenAddress");
    expect(receiver.arrived).toHaveLength(1);
  });
}
