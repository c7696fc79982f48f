import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { createNetworkPolicy } from "../../src/adapters/network/network-policy.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";

const network = createNetworkPolicy({ allow: ["127.0.0.1"] })._unsafeUnwrap();

// In a file of its own: undici has one timer for everything, which must not have begun in real time.
it("the connection to a proxy that says nothing is closed after a minute", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const proxy = createServer().listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => void proxy.close());
  const bound = proxy.address();
  const port = typeof bound === "object" ? bound?.port : null;
  const client = undiciHttpClient().open({ network, proxy: `http://127.0.0.1:${port}` });
  const connected = once(proxy, "connection");
  const posting = client.post({
    url: "http://127.0.0.1:9/hook",
    headers: {},
    body: Buffer.from("{}"),
    timeoutSeconds: 1,
  });
  const [socket]: Socket[] = await connected;
  if (socket === undefined) throw new Error("nobody has connected");
  await once(socket, "data");
  let isClosed = false;
  socket.once("close", () => (isClosed = true)).resume();
  await vi.advanceTimersByTimeAsync(1000);
  expect((await posting)._unsafeUnwrapErr()).toMatchObject({ type: "HttpTimeout" });
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(65_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(isClosed).toBe(true));
  await client.close();
});
