import { createHmac } from "node:crypto";
import Driver from "better-sqlite3";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import {
  buildPayload,
  canonicalJson,
  DEFAULT_RETRY_CONFIG,
  matchesEvent,
  parseWebhookEventType,
  retryDelay,
  signPayload,
  verifyPayload,
  WebhookEventType,
  type RetryConfig,
} from "../../src/index.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { connectionRefused, scriptedHttpClient, timedOut } from "../../src/testing/scripted-http-client.ts";
import { createGate } from "../support/gate.ts";
import { failure, openHooks, readLedger, storages, value } from "../support/open-hooks.ts";
import { newPath } from "../support/sqlite-files.ts";
import { pythonIsPresent, startPythonOracle } from "../support/python-oracle.ts";
import { startReceiver, type Reply } from "../support/receiver.ts";

const event = WebhookEventType.UPDATED;
const events = [event];
const url = "http://127.0.0.1:9/hooks";
const payload = buildPayload({ event, memoryId: "m-1", userId: "u-1", timestamp: "2030-01-01T00:00:00Z" });

/** One webhook, one message, a clock that goes on by itself, and the times at which requests were sent. */
async function deliverOnce(
  answer: (before: number) => Parameters<typeof scriptedHttpClient>[0],
  retryConfig: Partial<RetryConfig> = {},
) {
  const clock = createFakeClock({ autoAdvance: true });
  const started = clock.now();
  const sentAfterSeconds: number[] = [];
  const http = scriptedHttpClient((request, before) => {
    sentAfterSeconds.push((clock.now() - started) / 1000);
    return answer(before)?.(request, before) ?? 204;
  });
  const hooks = await openHooks({ http, clock });
  await value(hooks.webhooks.register({ url, events, retryConfig }));
  const { deliveries } = await value(hooks.publish({ event, payload }));
  const [{ deliveryId } = { deliveryId: "" }] = deliveries;
  await value(hooks.worker().runUntilIdle());
  return { hooks, http, sentAfterSeconds, deliveryId };
}

describe("max_retries is the number of attempts in all", () => {
  it.each([1, 2, 5])("maxRetries %i makes as many requests, and then the delivery is exhausted", async (maxRetries) => {
    const { hooks, http, deliveryId } = await deliverOnce(() => () => 500, { maxRetries });
    expect(http.requests).toHaveLength(maxRetries);
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "exhausted", attempts: maxRetries });
  });

  it("by default there are five", async () => {
    const { http } = await deliverOnce(() => () => 500);
    expect(http.requests).toHaveLength(5);
    expect(DEFAULT_RETRY_CONFIG.maxRetries).toBe(5);
  });

  it("a success ends the loop: the attempts that are left are not made", async () => {
    const { hooks, http, deliveryId } = await deliverOnce((before) => () => (before < 2 ? 503 : 200));
    expect(http.requests).toHaveLength(3);
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
      state: "delivered",
      attempts: 3,
      nextAttemptAt: null,
    });
  });
});

describe("the delay before attempt n+1 is retryDelay(config, n), none after the last", () => {
  it.each<Partial<RetryConfig>>([
    {},
    { maxRetries: 8, baseDelaySeconds: 3, backoffMultiplier: 3, maxDelaySeconds: 100 },
    { maxRetries: 4, baseDelaySeconds: 0.25, backoffMultiplier: 1 },
    { maxRetries: 3, baseDelaySeconds: 0 },
    { maxRetries: 3, baseDelaySeconds: 5000, maxDelaySeconds: 40_000, backoffMultiplier: 4 },
  ])("%j", async (retryConfig) => {
    const config = { ...DEFAULT_RETRY_CONFIG, ...retryConfig };
    const { hooks, sentAfterSeconds, deliveryId } = await deliverOnce(() => () => 500, retryConfig);
    const expected = [0];
    for (let n = 0; n < config.maxRetries - 1; n += 1) expected.push((expected[n] ?? 0) + retryDelay(config, n));
    expect(sentAfterSeconds).toEqual(expected);
    const attempts = await value(hooks.deliveries.attempts(deliveryId));
    const delays = attempts.map(({ at, retryAt }) =>
      retryAt === null ? null : (Date.parse(retryAt) - Date.parse(at)) / 1000,
    );
    expect(delays).toEqual([...attempts.slice(1).map((_, n) => retryDelay(config, n)), null]);
  });
});

describe("only 2xx is success", () => {
  it.each([200, 201, 202, 204, 226, 299])("%i is a success", async (statusCode) => {
    const { hooks, deliveryId } = await deliverOnce(() => () => statusCode, { maxRetries: 1 });
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "delivered" });
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
      { attempt: 1, outcome: "delivered", statusCode },
    ]);
  });

  it.each([300, 301, 302, 304, 307, 308, 400, 401, 404, 408, 418, 429, 500, 503, 599, 999])(
    "%i is a failure",
    async (statusCode) => {
      const { hooks, deliveryId } = await deliverOnce(() => () => statusCode, { maxRetries: 1 });
      expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({ state: "exhausted" });
      expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
        { attempt: 1, outcome: "failed", statusCode },
      ]);
    },
  );

  it("410 is a failure, and unlike the seed nothing is sent again: the receiver wants no more", async () => {
    const { hooks, http, deliveryId } = await deliverOnce(() => () => 410);
    expect(http.requests).toHaveLength(1);
    expect(await value(hooks.deliveries.get(deliveryId))).toMatchObject({
      state: "cancelled",
      cancellationReason: "webhook-deactivated",
    });
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
      { attempt: 1, outcome: "failed", statusCode: 410, retryAt: null },
    ]);
  });

  it.each([connectionRefused(), timedOut()])("$type is a failure", async (error) => {
    const { hooks, deliveryId } = await deliverOnce(() => () => error, { maxRetries: 1 });
    expect(await value(hooks.deliveries.attempts(deliveryId))).toMatchObject([
      { outcome: "failed", statusCode: null, failure: { message: error.message }, response: null },
    ]);
  });
});

describe("one attempt may take 10 s, body included", () => {
  it("10 s is the default, and request.timeoutSeconds changes it", async () => {
    const { http } = await deliverOnce(() => () => 204);
    expect(http.requests.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([10]);
    const other = scriptedHttpClient();
    const hooks = await openHooks({ http: other, request: { timeoutSeconds: 3 } });
    await value(hooks.webhooks.register({ url, events }));
    await value(hooks.dispatch({ event, payload }));
    expect(other.requests.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([3]);
  });

  it("a receiver that never answers, and one that never ends its body, both time out", async () => {
    const never = createGate<Reply>();
    const silent = await startReceiver(() => never.opened);
    const endless = await startReceiver(() => ({ status: 200, headers: { "content-length": "10" }, body: "half" }));
    const hooks = await openHooks({ request: { timeoutSeconds: 0.2 } });
    for (const receiver of [silent, endless]) {
      await value(hooks.webhooks.register({ url: receiver.url, events, retryConfig: { maxRetries: 1 } }));
    }
    const results = await value(hooks.dispatch({ event, payload }));
    expect(results.map(({ success }) => success)).toEqual([false, false]);
    expect((await readLedger(hooks)).filter(({ type }) => type === "DeliveryAttemptFailed")).toMatchObject([
      { data: { failure: { kind: "timeout", timeoutSeconds: 0.2 } } },
      { data: { failure: { kind: "timeout", timeoutSeconds: 0.2 } } },
    ]);
  });
});

it("redirects are not followed: the answer is the redirect itself", async () => {
  const target = await startReceiver();
  const redirecting = await startReceiver(() => ({ status: 307, headers: { location: target.url } }));
  const hooks = await openHooks();
  const { webhookId } = await value(
    hooks.webhooks.register({ url: redirecting.url, events, retryConfig: { maxRetries: 1 } }),
  );
  expect(await value(hooks.dispatch({ event, payload }))).toEqual([
    { webhookId, url: redirecting.url, error: "HTTP 307: ", success: false },
  ]);
  expect([redirecting.received.length, target.received.length]).toEqual([1, 0]);
});

describe("the bytes that are signed are the bytes that are sent", () => {
  const difficult = {
    ...payload,
    snapshot: {
      text: "naïve \u{1F9E0} \u2028 \ud800",
      "\u{10000}": 1,
      "\uffff": 2,
      numbers: [1e-5, 1e21, -0, 0.1, 123456789012345680000],
      nested: { b: [null, true], a: {} },
    },
  };

  it("the raw body is canonical JSON, and X-Kemi-Signature is its HMAC, on every attempt", async () => {
    const receiver = await startReceiver((_, before) => ({ status: before < 2 ? 500 : 204 }));
    const hooks = await openHooks();
    await value(
      hooks.webhooks.register({ url: receiver.url, events, secret: "s3cret", retryConfig: { baseDelaySeconds: 0 } }),
    );
    await value(hooks.dispatch({ event, payload: difficult }));
    expect(receiver.received).toHaveLength(3);
    for (const { body, headers } of receiver.received) {
      expect(body.toString("latin1")).toBe(canonicalJson(difficult)._unsafeUnwrap());
      expect(headers["x-kemi-signature"]).toBe(createHmac("sha256", "s3cret").update(body).digest("hex"));
      expect(verifyPayload(body, headers["x-kemi-signature"], "s3cret")).toBe(true);
    }
  });

  it.runIf(pythonIsPresent())(
    "a receiver in Python that parses and re-serialises gets the same bytes and signature",
    async () => {
      const receiver = await startReceiver();
      const hooks = await openHooks();
      await value(hooks.webhooks.register({ url: receiver.url, events, secret: "s3cret" }));
      await value(hooks.dispatch({ event, payload: difficult }));
      const [received] = receiver.received;
      const python = startPythonOracle();
      const answer = await python.ask(received?.body.toString() ?? "", "s3cret");
      await python.close();
      expect(answer.canonical).toBe(received?.body.toString());
      expect(answer.signature).toBe(received?.headers["x-kemi-signature"]);
    },
  );

  it("the empty secret, which the seed allows, signs too", async () => {
    const receiver = await startReceiver();
    const hooks = await openHooks();
    await value(hooks.webhooks.register({ url: receiver.url, events, secret: "" }));
    await value(hooks.dispatch({ event, payload }));
    expect(receiver.received[0]?.headers["x-kemi-signature"]).toBe(signPayload(payload, "")._unsafeUnwrap());
  });
});

describe("headers", () => {
  it("Content-Type, X-Kemi-Signature and User-Agent have the seed's defaults", async () => {
    const receiver = await startReceiver();
    const hooks = await openHooks();
    await value(hooks.webhooks.register({ url: receiver.url, events }));
    await value(hooks.dispatch({ event, payload }));
    expect(receiver.received[0]?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "kemi-webhook/1.0",
      "x-kemi-signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("all three are configurable, and a webhook's own headers come with them or replace them", async () => {
    const receiver = await startReceiver();
    const hooks = await openHooks({
      request: { userAgent: "shop/2", contentType: "application/vnd.shop+json", signatureHeader: "X-Shop-Signature" },
    });
    await value(
      hooks.webhooks.register({
        url: receiver.url,
        events,
        secret: "s",
        headers: { Authorization: "Bearer t", "user-agent": "own/1" },
      }),
    );
    await value(hooks.dispatch({ event, payload }));
    expect(receiver.received[0]?.headers).toMatchObject({
      "content-type": "application/vnd.shop+json",
      "user-agent": "own/1",
      authorization: "Bearer t",
      "x-shop-signature": signPayload(payload, "s")._unsafeUnwrap(),
    });
    expect(receiver.received[0]?.headers).not.toHaveProperty("x-kemi-signature");
  });

  it("the Standard Webhooks headers verify with the specification's library, and attempts share one id", async () => {
    const receiver = await startReceiver((_, before) => ({ status: before === 0 ? 500 : 204 }));
    const hooks = await openHooks();
    const { secret } = await value(
      hooks.webhooks.register({ url: receiver.url, events, retryConfig: { baseDelaySeconds: 0 } }),
    );
    const { messageId } = await value(hooks.publish({ event, payload }));
    await value(hooks.worker().runUntilIdle());
    expect(receiver.received).toHaveLength(2);
    for (const { body, headers } of receiver.received) {
      expect(headers["webhook-id"]).toBe(messageId);
      const trio = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));
      expect(new StandardWebhook(secret).verify(body.toString(), trio)).toEqual(payload);
    }
  });
});

const KEMI_DDL = `CREATE TABLE IF NOT EXISTS webhooks (
  webhook_id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL DEFAULT '',
  active INTEGER NOT NULL DEFAULT 1, retry_max INTEGER NOT NULL DEFAULT 5, retry_base_delay REAL NOT NULL DEFAULT 1.0,
  retry_max_delay REAL NOT NULL DEFAULT 60.0, retry_multiplier REAL NOT NULL DEFAULT 2.0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL)`;

function kemiDatabase(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const path = newPath();
  const database = new Driver(path);
  database.exec(KEMI_DDL);
  rows.forEach((row, index) => {
    const full = {
      url,
      events: '["memory.updated"]',
      created_at: `2026-01-01T00:00:0${index}+00:00`,
      updated_at: "2026-01-01",
      ...row,
    };
    const names = Object.keys(full);
    database
      .prepare(`INSERT INTO webhooks (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)
      .run(Object.values(full));
  });
  database.close();
  return path;
}

describe.each(storages)("an existing kemi database is adopted, on $name", ({ create }) => {
  it("each row becomes a WebhookRegistered, with its id, secret, retry values and whether it is active", async () => {
    const path = kemiDatabase([
      { webhook_id: "w-1", secret: "s-1", events: '["memory.updated","memory.deleted"]' },
      {
        webhook_id: "w-2",
        active: 0,
        retry_max: 3,
        retry_base_delay: 0.5,
        retry_max_delay: 7.5,
        retry_multiplier: 1.5,
      },
      { webhook_id: "w-3", events: "" },
      // Kemi takes any number but 0 for true, as Python does.
      { webhook_id: "w-4", events: "[]", active: 2 },
    ]);
    const hooks = await openHooks({ storage: create() });
    expect(await value(hooks.webhooks.importFromKemi({ path }))).toEqual({
      imported: 4,
      alreadyThere: 0,
      rejected: [],
    });
    expect(await value(hooks.webhooks.list({ activeOnly: false }))).toMatchObject([
      {
        webhookId: "w-1",
        url,
        secret: "s-1",
        events: ["memory.updated", "memory.deleted"],
        active: true,
        retryConfig: DEFAULT_RETRY_CONFIG,
      },
      {
        webhookId: "w-2",
        secret: "",
        active: false,
        retryConfig: { maxRetries: 3, baseDelaySeconds: 0.5, maxDelaySeconds: 7.5, backoffMultiplier: 1.5 },
      },
      { webhookId: "w-3", events: [] },
      { webhookId: "w-4", events: [], active: true },
    ]);
    expect((await readLedger(hooks)).map(({ type }) => type)).toEqual(Array(4).fill("WebhookRegistered"));
  });

  it("running it twice adds nothing, not even after a webhook was changed or deleted here", async () => {
    const path = kemiDatabase([{ webhook_id: "w-1" }, { webhook_id: "w-2" }, { webhook_id: "w-3" }]);
    const hooks = await openHooks({ storage: create() });
    await value(hooks.webhooks.importFromKemi({ path, actor: "ada" }));
    await value(hooks.webhooks.update("w-1", { active: false }));
    await value(hooks.webhooks.delete("w-2"));
    const before = await readLedger(hooks);
    expect(await value(hooks.webhooks.importFromKemi({ path }))).toEqual({
      imported: 0,
      alreadyThere: 3,
      rejected: [],
    });
    expect(await readLedger(hooks)).toEqual(before);
    expect((await value(hooks.webhooks.history("w-3"))).map(({ metadata }) => metadata)).toEqual([{ actor: "ada" }]);
  });

  it("a damaged value is reported by row, not swallowed, and the other rows are adopted", async () => {
    const path = kemiDatabase([
      { webhook_id: "not-json", events: "memory.updated" },
      { webhook_id: "not-an-array", events: '{"memory.updated":true}' },
      { webhook_id: "not-text", events: '["memory.updated",5]' },
      { webhook_id: "pattern", events: '["memory.*"]' },
      { webhook_id: "unknown-event", events: '["memory.exploded"]' },
      { webhook_id: "no-attempts", retry_max: 0 },
      { webhook_id: "bad-url", url: "nonsense" },
      { webhook_id: "forbidden-url", url: "http://10.0.0.1/" },
      { webhook_id: "good" },
    ]);
    const hooks = await openHooks({ storage: create() });
    const { rejected, ...counts } = await value(hooks.webhooks.importFromKemi({ path }));
    expect(counts).toEqual({ imported: 1, alreadyThere: 0 });
    expect(rejected.map(({ webhookId, reason }) => [webhookId, reason])).toEqual([
      ["not-json", expect.stringContaining("events must be a JSON array of event types")],
      ["not-an-array", expect.stringContaining("events must be a JSON array of event types")],
      ["not-text", expect.stringContaining("events must be a JSON array of event types")],
      ["pattern", expect.stringContaining("events must be a JSON array of event types")],
      ["unknown-event", expect.stringContaining("Invalid event type 'memory.exploded'")],
      ["no-attempts", expect.stringContaining("retryConfig.maxRetries must be a whole number, 1 or more")],
      ["bad-url", expect.stringContaining("url must be an absolute URL")],
      ["forbidden-url", expect.stringContaining("10.0.0.1")],
    ]);
    expect((await value(hooks.webhooks.list({ activeOnly: false }))).map(({ webhookId }) => webhookId)).toEqual([
      "good",
    ]);
  });

  it("a file that does not exist is a StorageError, and nothing is written", async () => {
    const hooks = await openHooks({ storage: create() });
    expect(await failure(hooks.webhooks.importFromKemi({ path: newPath() }))).toMatchObject({ type: "StorageError" });
    expect(await readLedger(hooks)).toEqual([]);
  });
});

describe("the seed's functions, one by one", () => {
  it("WebhookEventType: the six, and from_string with its message", () => {
    expect(Object.entries(WebhookEventType)).toEqual([
      ["REMEMBERED", "memory.remembered"],
      ["UPDATED", "memory.updated"],
      ["FORGOTTEN", "memory.forgotten"],
      ["DELETED", "memory.deleted"],
      ["CONFLICT", "memory.conflict"],
      ["CONSOLIDATED", "memory.consolidated"],
    ]);
    for (const name of Object.values(WebhookEventType)) expect(parseWebhookEventType(name)._unsafeUnwrap()).toBe(name);
    expect(parseWebhookEventType("nope")._unsafeUnwrapErr()).toMatchObject({
      type: "UnknownEventType",
      message:
        "Invalid event type 'nope'. Valid: memory.remembered, memory.updated, memory.forgotten, memory.deleted, memory.conflict, memory.consolidated",
    });
  });

  it("RetryConfig: the defaults, and delay = min(base * multiplier ** attempt, max)", () => {
    expect(DEFAULT_RETRY_CONFIG).toEqual({
      maxRetries: 5,
      baseDelaySeconds: 1,
      maxDelaySeconds: 60,
      backoffMultiplier: 2,
    });
    expect([0, 1, 2, 5, 6, 1000].map((attempt) => retryDelay(DEFAULT_RETRY_CONFIG, attempt))).toEqual([
      1, 2, 4, 32, 60, 60,
    ]);
  });

  it.each([
    { active: true, subscribed: events, matches: true },
    { active: false, subscribed: events, matches: false },
    { active: true, subscribed: ["memory.deleted"], matches: false },
    { active: true, subscribed: [], matches: false },
  ])("matches_event: active $active, subscribed to $subscribed: $matches", ({ active, subscribed, matches }) => {
    expect(matchesEvent({ active, events: subscribed }, event)).toBe(matches);
  });

  it("build_payload: four fields, snapshot and previous_state if given, then extra, which wins", () => {
    expect(Object.keys(payload)).toEqual(["event", "memory_id", "user_id", "timestamp"]);
    expect(
      buildPayload({
        event,
        memoryId: "m",
        userId: "u",
        snapshot: null,
        previousState: null,
        extra: null,
        timestamp: "t",
      }),
    ).toEqual({
      event,
      memory_id: "m",
      user_id: "u",
      timestamp: "t",
    });
    const full = {
      event,
      memoryId: "m",
      userId: "u",
      snapshot: {},
      previousState: { a: 1 },
      extra: { user_id: "other", more: true },
    };
    expect(buildPayload({ ...full, timestamp: "t" })).toEqual({
      event,
      memory_id: "m",
      user_id: "other",
      timestamp: "t",
      snapshot: {},
      previous_state: { a: 1 },
      more: true,
    });
    const { timestamp } = buildPayload(full);
    expect(new Date(String(timestamp)).toISOString()).toBe(timestamp);
  });

  it("sign_payload: HMAC-SHA256 over sorted keys without white space", () => {
    const expected = createHmac("sha256", "k").update('{"a":"\\u00e9","b":1}').digest("hex");
    expect(signPayload({ b: 1, a: "é" }, "k")._unsafeUnwrap()).toBe(expected);
  });

  describe.each(storages)("WebhookStore on $name", ({ create }) => {
    it("create and get: every field comes back, an id is made if none is given", async () => {
      const hooks = await openHooks({ storage: create() });
      const retryConfig = { maxRetries: 2, baseDelaySeconds: 0.1, maxDelaySeconds: 3, backoffMultiplier: 1 };
      const given = { webhookId: "w-1", url, events, secret: "s", active: false, retryConfig };
      await value(hooks.webhooks.register(given));
      expect(await value(hooks.webhooks.get("w-1"))).toMatchObject(given);
      const { webhookId } = await value(hooks.webhooks.register({ url, events: [] }));
      expect(await value(hooks.webhooks.get(webhookId))).toMatchObject({
        webhookId,
        active: true,
        retryConfig: DEFAULT_RETRY_CONFIG,
      });
      expect(await value(hooks.webhooks.get("unknown"))).toBeNull();
    });

    it("list_all: in order of creation, active ones by default; list_for_event: active and subscribed", async () => {
      const hooks = await openHooks({ storage: create() });
      for (const [webhookId, subscribed, active] of [
        ["z", events, true],
        ["y", events, false],
        ["x", ["memory.deleted"], true],
        ["a", events, true],
      ] as const) {
        await value(hooks.webhooks.register({ webhookId, url, events: subscribed, active }));
      }
      const ids = (webhooks: readonly { readonly webhookId: string }[]) => webhooks.map(({ webhookId }) => webhookId);
      expect(ids(await value(hooks.webhooks.list()))).toEqual(["z", "x", "a"]);
      expect(ids(await value(hooks.webhooks.list({ activeOnly: false })))).toEqual(["z", "y", "x", "a"]);
      expect(ids(await value(hooks.webhooks.listForEvent(event)))).toEqual(["z", "a"]);
    });

    it("delete: true once, then false; update: WebhookNotFound where the seed says False", async () => {
      const hooks = await openHooks({ storage: create() });
      await value(hooks.webhooks.register({ webhookId: "w", url, events }));
      expect(await value(hooks.webhooks.update("w", { secret: "new", active: false }))).toMatchObject({
        secret: "new",
        active: false,
      });
      expect([await value(hooks.webhooks.delete("w")), await value(hooks.webhooks.delete("w"))]).toEqual([true, false]);
      expect(await failure(hooks.webhooks.update("w", { active: true }))).toMatchObject({
        type: "WebhookNotFound",
        webhookId: "w",
      });
    });
  });

  describe.each(["sequential", "concurrent"] as const)("WebhookDispatcher, %s", (mode) => {
    it("one entry per subscribed webhook, in the order of registration", async () => {
      const http = scriptedHttpClient(({ url: to }) => {
        if (to.endsWith("/ok")) return 202;
        if (to.endsWith("/fails")) return { statusCode: 500, body: "x".repeat(300) };
        return connectionRefused("connect ECONNREFUSED 127.0.0.1:9");
      });
      const hooks = await openHooks({ http, clock: createFakeClock({ autoAdvance: true }) });
      for (const path of ["ok", "fails", "refuses"])
        await value(hooks.webhooks.register({ webhookId: path, url: `${url}/${path}`, events }));
      await value(hooks.webhooks.register({ url, events: [] }));
      expect(await value(hooks.dispatch({ event, payload }, { mode }))).toEqual([
        { webhookId: "ok", url: `${url}/ok`, statusCode: 202, success: true },
        { webhookId: "fails", url: `${url}/fails`, error: `HTTP 500: ${"x".repeat(200)}`, success: false },
        { webhookId: "refuses", url: `${url}/refuses`, error: "connect ECONNREFUSED 127.0.0.1:9", success: false },
      ]);
      expect(http.requests).toHaveLength(1 + 5 + 5);
    });

    it("no subscriber: an empty list", async () => {
      const hooks = await openHooks({ http: scriptedHttpClient() });
      expect(await value(hooks.dispatch({ event, payload }, { mode }))).toEqual([]);
    });
  });

  it("sequential: the second webhook waits for the first one's retries; concurrent: it doesn't", async () => {
    const order = async (mode: "sequential" | "concurrent") => {
      const http = scriptedHttpClient(({ url: to }) => (to.endsWith("/a") ? 500 : 200));
      const hooks = await openHooks({ http, clock: createFakeClock({ autoAdvance: true }) });
      for (const path of ["a", "b"])
        await value(hooks.webhooks.register({ url: `${url}/${path}`, events, retryConfig: { maxRetries: 3 } }));
      await value(hooks.dispatch({ event, payload }, { mode }));
      return http.requests.map(({ url: to }) => to.at(-1)).join("");
    };
    expect(await order("sequential")).toBe("aaab");
    expect(await order("concurrent")).toBe("abaa");
  });

  it.each([
    ["letters", "é".repeat(300), "é".repeat(200)],
    ["astral characters", "\u{1F9E0}".repeat(300), "\u{1F9E0}".repeat(200)],
    ["an astral character at the cut", `${"x".repeat(199)}\u{1F9E0}tail`, `${"x".repeat(199)}\u{1F9E0}`],
    ["exactly 200", "x".repeat(200), "x".repeat(200)],
    ["nothing", "", ""],
  ])("the error holds the first 200 characters, counted as Python does: %s", async (_, body, expected) => {
    const receiver = await startReceiver(() => ({ status: 500, body }));
    const hooks = await openHooks();
    await value(hooks.webhooks.register({ url: receiver.url, events, retryConfig: { maxRetries: 1 } }));
    expect(await value(hooks.dispatch({ event, payload }))).toMatchObject([{ error: `HTTP 500: ${expected}` }]);
  });

  it("the error is that of the last attempt", async () => {
    const http = scriptedHttpClient((_, before) =>
      before === 0 ? connectionRefused() : { statusCode: 400 + before, body: `no ${before}` },
    );
    const hooks = await openHooks({ http, clock: createFakeClock({ autoAdvance: true }) });
    await value(hooks.webhooks.register({ url, events, retryConfig: { maxRetries: 3 } }));
    expect(await value(hooks.dispatch({ event, payload }))).toMatchObject([{ error: "HTTP 402: no 2" }]);
  });
});
