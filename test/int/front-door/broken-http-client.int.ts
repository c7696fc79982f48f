import { errAsync, okAsync, ResultAsync, type Result } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import type { HttpClient, HttpClientAdapter, HttpError, HttpResponse } from "../../../src/ports/http-client.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { createRecordingLogger } from "../../../src/testing/recording-logger.ts";
import { scriptedHttpClient } from "../../../src/testing/scripted-http-client.ts";
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

/** What an adapter may do that breaks its promises. */
const breaches: readonly (readonly [how: string, post: HttpClient["post"]])[] = [
  ["throws", throws],
  ["rejects", () => new ResultAsync(Promise.reject(bug()))],
  ["answers with nothing", answersWithNothing],
  ["answers with a response that is null", answersWith("null")],
  ["answers with no body", answersWith('{ "statusCode": 500, "headers": {} }')],
  ["answers with no headers", answersWith('{ "statusCode": 503, "body": "" }')],
  ["answers with a text for a status", answersWith('{ "statusCode": "204", "headers": {}, "body": "" }')],
  ["answers with a status that HTTP does not have", answersWith('{ "statusCode": 2, "headers": {}, "body": "" }')],
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
    "that %s has failed its attempt: it is tried again as the retry config says",
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

  it.each(breaches)("that %s each time uses up the attempts, and no more requests than those", async (_how, post) => {
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
});
