import { Agent, type Dispatcher } from "undici";
import { expect, it } from "vitest";
import { beginExchange, type Received } from "../../src/adapters/undici/exchange.ts";
import { MAX_RESPONSE_BYTES } from "../../src/ports/http-client.ts";
import { collectGarbage } from "../support/collect-garbage.ts";

const EXCHANGES = 16;

/** The bytes in use after a garbage collection. */
function inUse(): number {
  // The memory of buffers is given back only with the next collection.
  for (let time = 0; time < 3; time += 1) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Answers with a body in pieces of one byte each, and holds its end back. */
class Dripping extends Agent {
  readonly ends: (() => void)[] = [];

  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const nothing = () => undefined;
    const controller = { aborted: false, paused: false, reason: null, abort: nothing, pause: nothing, resume: nothing };
    handler.onResponseStart?.(controller, 500, {}, "");
    for (let at = 0; at < MAX_RESPONSE_BYTES; at += 1)
      handler.onResponseData?.(controller, Buffer.from([97 + (at % 26)]));
    this.ends.push(() => handler.onResponseEnd?.(controller, {}));
    return true;
  }
}

it("a body that comes byte by byte takes memory by its bytes, not by its pieces, and is kept whole", async () => {
  const agent = new Dripping();
  const before = inUse();
  const url = new URL("http://127.0.0.1:9/");
  const request = { url, headers: {}, body: new Uint8Array(), timeoutSeconds: 1 };
  const answers: Promise<Received>[] = [];
  for (let count = 0; count < EXCHANGES; count += 1) answers.push(beginExchange(agent, request).received);
  expect(inUse() - before).toBeLessThan(16 * EXCHANGES * MAX_RESPONSE_BYTES);
  for (const end of agent.ends) end();
  const alphabet = "abcdefghijklmnopqrstuvwxyz";
  const whole = alphabet.repeat(MAX_RESPONSE_BYTES / 26 + 1).slice(0, MAX_RESPONSE_BYTES);
  for (const { body, truncated } of await Promise.all(answers)) {
    expect([Buffer.from(body).toString(), truncated]).toEqual([whole, false]);
  }
});

/** Begins requests when it is told to, as an agent does once it has a connection. */
class Waiting extends Agent {
  readonly begins: (() => void)[] = [];
  readonly aborted: string[] = [];

  override dispatch({ path }: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const nothing = () => undefined;
    const abort = () => void this.aborted.push(path);
    const controller = { aborted: false, paused: false, reason: null, abort, pause: nothing, resume: nothing };
    this.begins.push(() => handler.onRequestStart?.(controller, {}));
    return true;
  }
}

it("what is abandoned before it has a connection is not sent once it has one, and the others are", () => {
  const agent = new Waiting();
  const begin = (path: string) =>
    beginExchange(agent, {
      url: new URL(path, "http://127.0.0.1:9/"),
      ...{ headers: {}, body: new Uint8Array(), timeoutSeconds: 1 },
    });
  const [late] = ["/late", "/in-time"].map(begin);
  late?.abandon();
  expect(agent.aborted).toEqual([]);
  for (const start of agent.begins) start();
  expect(agent.aborted).toEqual(["/late"]);
});
