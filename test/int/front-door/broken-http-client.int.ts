import { errAsync, okAsync, ResultAsync, type Result } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { HttpClient, HttpClientAdapter, HttpError, HttpResponse } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { connectionRefused, scriptedHttpClient, timedOut } from "../../../src/testing/scripted-http-client.ts";
import { event, pass, publish, register, states } from "../../support/deliver-to.ts";
import { openHooks, storages, value } from "../../support/open-hooks.ts";

const bug = () => new Error("the adapter has a bug: Bearer s3cret");

function throws(): never {
  throw bug();
}

function answersWithNothing(): ReturnType<HttpClient["post"]> {
  const nothing: Result<HttpResponse, HttpError> = JSON.parse("null");
  return new ResultAsync(Promise.resolve(nothing));
}

function answersWith(json: string): HttpClient["post"] {
  const response: HttpResponse = JSON.parse(json);
  return () => okAsync(response);
}

function severalValues(header: string): string {
  return JSON.stringify({ statusCode: 503, headers: { [header]: ["a", "b"] }, body: "busy", truncated: false });
}

function forbidden(odd: Readonly<Record<string, unknown>>): string {
  const error = { type: "HttpForbiddenAddress", host: "h", address: null, range: "loopback", message: "refused" };
  return JSON.stringify({ ...error, ...odd });
}

function failsWith(json: string): HttpClient["post"] {
  const error: HttpError = JSON.parse(json);
  return () => errAsync(error);
}

function answersWithWhatThrows(): ReturnType<HttpClient["post"]> {
  const headers = new Proxy<Record<string, string>>({}, { get: throws });
  return okAsync({ statusCode: 503, headers, body: "busy", truncated: false });
}

/** How an adapter may break its promises. */
const breaches: readonly (readonly [how: string, post: HttpClient["post"]])[] = [
  ["throws", throws],
  ["rejects", () => new ResultAsync(Promise.reject(bug()))],
  ["answers with nothing", answersWithNothing],
  ["answers with a response that is null", answersWith("null")],
  ["answers with no body", answersWith('{ "statusCode": 500, "headers": {} }')],
  ["answers with no headers", answersWith('{ "statusCode": 503, "body": "" }')],
  ["answers with a text for a status", answersWith('{ "statusCode": "204", "headers": {}, "body": "" }')],
  ["answers with a status that HTTP does not have", answersWith('{ "statusCode": 2, "headers": {}, "body": "" }')],
  ["answers with a header that has several values", answersWith(severalValues("content-encoding"))],
  ["answers with headers that throw when they are read", answersWithWhatThrows],
  ["answers with several times to wait", answersWith(severalValues("retry-after"))],
  ["fails with null", failsWith("null")],
  ["fails with a text", failsWith('"no route"')],
  ["fails with no type", failsWith('{ "message": "no route" }')],
  ["fails with a type that there is not", failsWith('{ "type": "HttpBroken", "code": null, "message": "no route" }')],
  ["fails with a type that every object has", failsWith('{ "type": "toString", "code": null, "message": "no route" }')],
  ["fails with a timeout that has no message", failsWith('{ "type": "HttpTimeout", "timeoutSeconds": 1 }')],
  ["fails with a timeout of no time", failsWith('{ "type": "HttpTimeout", "message": "late" }')],
  ["fails with a timeout of a text", failsWith('{ "type": "HttpTimeout", "timeoutSeconds": "1", "message": "late" }')],
  ["fails with no code", failsWith('{ "type": "HttpConnectionFailed", "message": "no route" }')],
  ["fails with a number for a code", failsWith('{ "type": "HttpConnectionFailed", "code": -111, "message": "" }')],
  ["fails with a connection and no message", failsWith('{ "type": "HttpConnectionFailed", "code": null }')],
  ["fails with an address and no message", failsWith(forbidden({ message: undefined }))],
  ["fails with an address that is none", failsWith(forbidden({ address: 127 }))],
  ["fails with no host", failsWith(forbidden({ host: undefined }))],
  ["fails with a request of no rule", failsWith('{ "type": "HttpInvalidRequest", "field": "url", "message": "bad" }')],
  ["is closed without a message", failsWith('{ "type": "HttpClosed" }')],
  ["is closed while it should be open", () => errAsync({ type: "HttpClosed", message: "closed" })],
];

/** Breaks its promise for the first `times` requests, and is a good client from then on. */
function brokenClient(post: HttpClient["post"], times: number) {
  const good = scriptedHttpClient();
  let posts = 0;
  const adapter: HttpClientAdapter = {
    name: "broken",
    open(context) {
      const client = good.open(context);
      return {
        ...client,
        post(request) {
          posts += 1;
          return posts <= times ? post(request) : client.post(request);
        },
      };
    },
  };
  return { adapter, posts: () => posts };
}

describe.each(storages)("an HTTP client that breaks its promises, on $name", ({ create }) => {
  it.each(breaches)(
    "that %s fails its attempt, which is then tried again as the retry config says",
    async (_how, post) => {
      const { adapter } = brokenClient(post, 1);
      const logger = createRecordingLogger();
      const clock = createFakeClock({ autoAdvance: true });
      const hooks = await openHooks({ storage: create(), clock, logger, http: adapter });
      await register(hooks, "a");
      const [deliveryId = ""] = await publish(hooks);
      await value(hooks.worker().runUntilIdle());
      expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
        { outcome: "failed", failure: { kind: "connection", code: null } },
        { outcome: "delivered" },
      ]);
      expect(JSON.stringify(await value(hooks.ledger.readAll({ limit: 100 })))).not.toContain("s3cret");
      expect(logger.entries).toContainEqual(expect.objectContaining({ level: "error" }));
    },
  );

  it.each(breaches)("that %s each time uses up the attempts, and is asked for no more", async (_how, post) => {
    const { adapter, posts } = brokenClient(post, Infinity);
    const clock = createFakeClock();
    const hooks = await openHooks({ storage: create(), clock, http: adapter });
    await register(hooks, "a", { retryConfig: { maxRetries: 3, baseDelaySeconds: 10 } });
    await publish(hooks);
    const worker = hooks.worker();
    await value(worker.start());
    await vi.waitFor(() => expect(posts()).toBe(1));
    await pass(clock, 9000);
    expect(posts()).toBe(1);
    await pass(clock, 60_000, 1000);
    expect(posts()).toBe(3);
    expect(await states(hooks)).toEqual({ exhausted: 1 });
    await value(worker.stop());
  });

  it("that gives several values of a header which nobody reads, as Node does of set-cookie, delivers", async () => {
    const cookies = { statusCode: 204, headers: { "set-cookie": ["a", "b"] }, body: "", truncated: false };
    const { adapter, posts } = brokenClient(answersWith(JSON.stringify(cookies)), Infinity);
    const hooks = await openHooks({ storage: create(), http: adapter });
    await register(hooks, "a");
    expect(await value(hooks.dispatch({ event, payload: {} }))).toMatchObject([{ success: true }]);
    expect(posts()).toBe(1);
  });

  it("that throws does not take a slot for good, and dispatch answers with the failure", async () => {
    const { adapter } = brokenClient(throws, 1);
    const clock = createFakeClock({ autoAdvance: true });
    const hooks = await openHooks({ storage: create(), clock, http: adapter });
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    expect(await value(hooks.dispatch({ event, payload: {} }))).toMatchObject([{ webhookId: "a", success: false }]);
    await publish(hooks, 3);
    await value(hooks.worker({ concurrency: 1 }).runUntilIdle());
    expect(await states(hooks)).toEqual({ exhausted: 1, delivered: 3 });
  });

  const whole: readonly (readonly [HttpError, failure: object])[] = [
    [connectionRefused("no"), { kind: "connection", code: "ECONNREFUSED", message: "no" }],
    [timedOut(0.5), { kind: "timeout", timeoutSeconds: 0.5, message: "no answer within 0.5 s" }],
    [JSON.parse(forbidden({})), { kind: "forbidden", message: "refused" }],
    [JSON.parse(forbidden({ address: "::1" })), { kind: "forbidden", message: "refused" }],
    [
      { type: "HttpInvalidRequest", field: "url", rule: "r", message: "bad" },
      { kind: "forbidden", message: "bad" },
    ],
  ];

  it.each(whole)("is believed if it keeps them: %o", async (error, failure) => {
    const logger = createRecordingLogger();
    const clock = createFakeClock({ autoAdvance: true });
    const http = scriptedHttpClient(() => error);
    const hooks = await openHooks({ storage: create(), clock, logger, http });
    await register(hooks, "a", { retryConfig: { maxRetries: 1 } });
    const [deliveryId = ""] = await publish(hooks);
    await value(hooks.worker().runUntilIdle());
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([{ failure }]);
    expect(logger.entries.filter(({ message }) => message.includes("bug"))).toEqual([]);
  });
});
