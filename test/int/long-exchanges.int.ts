import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { openProxy } from "../../src/testing/contracts/http-client/proxy.ts";
import { tcpReceiver } from "../../src/testing/contracts/http-client/receivers.ts";
import { createGate } from "../support/gate.ts";

const network = createNetworkPolicy({ allow: ["127.0.0.1"] })._unsafeUnwrap();

// In a file of its own: undici has one timer for everything, which must not have begun in real time.
beforeAll(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterAll(() => void vi.useRealTimers());

const HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";

describe.each([kyHttpClient, undiciHttpClient])("an exchange of %o", (createClient) => {
  it.each([
    ["no answer comes", "", false],
    ["the answer stops after its headers", HEAD, false],
    ["no answer comes through a proxy", "", true],
    ["the answer stops after its headers, through a proxy", HEAD, true],
  ])("has no time limit but the request's, however long that is, if %s", async (_what, sent, isTunnelled) => {
    const answered = createGate<undefined>();
    const receiver = await tcpReceiver((socket) => socket.write(sent, () => answered.open(undefined)));
    const proxy = isTunnelled ? (await openProxy(receiver.port)).uri : null;
    const client = createClient().open({ network, proxy });
    onTestFinished(() => client.close());
    const outcomes: string[] = [];
    const request = { url: receiver.url, headers: {}, body: Buffer.from("{}"), timeoutSeconds: 3600 };
    const posting = client.post(request).orTee(({ type }) => outcomes.push(type));
    await answered.opened;
    await vi.advanceTimersByTimeAsync(3_599_999);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await posting)._unsafeUnwrapErr()).toMatchObject({ type: "HttpTimeout", timeoutSeconds: 3600 });
  });
});
