import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { kyHttpClient } from "../../src/adapters/ky/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { startReceiver } from "../support/receiver.ts";

// Where OpenTelemetry's instrumentation for undici listens, and what it does there.
const CREATED = "undici:request:create";
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

interface Created {
  readonly request: { addHeader(name: string, value: string): unknown };
}

function isCreated(message: unknown): message is Created {
  return typeof message === "object" && message !== null && "request" in message;
}

function trace(message: unknown): void {
  if (isCreated(message)) message.request.addHeader("traceparent", traceparent);
}

const clients = [
  { name: "undici", create: undiciHttpClient },
  { name: "ky", create: kyHttpClient },
];

describe.each(clients)("an attempt by $name", ({ create }) => {
  it("is told to undici's diagnostics channels, so that a tracer sees it and can add its header", async () => {
    const receiver = await startReceiver();
    subscribe(CREATED, trace);
    onTestFinished(() => void unsubscribe(CREATED, trace));
    const hooks = await openHooks({ http: create() });
    await value(hooks.webhooks.register({ url: receiver.url, events: ["memory.updated"] }));
    await value(hooks.dispatch({ event: "memory.updated", payload: { memory_id: "m-1" } }));
    expect(receiver.received).toMatchObject([{ headers: { traceparent } }]);
  });
});
