import fc from "fast-check";
import { inspect } from "node:util";
import { Err, Ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { aesGcmCipher, defineEvents, openHookledger } from "../../src/index.ts";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { undiciHttpClient } from "../../src/adapters/undici/index.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { openHooks, readLedger, storages, value, type MemoryHooks } from "../support/open-hooks.ts";

const url = "http://127.0.0.1:9/hooks";
const event = "memory.updated";
const payload = { memory_id: "m-1" };

/** Calls an operation with anything, as JavaScript may. Whatever it throws, at once or later, fails the test. */
async function errorOf(operation: (...given: never[]) => unknown, ...given: readonly unknown[]): Promise<unknown> {
  const result: unknown = await Reflect.apply(operation, undefined, given);
  if (result instanceof Err) return result.error;
  throw new Error(result instanceof Ok ? `${inspect(given)} was accepted` : "it is no Result");
}

/** A message names the field, the rule, and the kind of what was received. */
function invalid(field: string, kind: string) {
  return {
    type: "InvalidInput",
    field,
    message: expect.stringMatching(new RegExp(`^${escape(field)} .*; received ${escape(kind)}$`)),
  };
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

type Operation = (hooks: MemoryHooks) => (...given: never[]) => unknown;
type Case = readonly [given: readonly unknown[], error: object];

const notObjects: readonly (readonly [unknown, string])[] = [
  [null, "null"],
  [5, "the number 5"],
  ["text", "a string of 4 characters"],
  [true, "true"],
  [[], "an array of 0"],
];
const notTexts: readonly (readonly [unknown, string])[] = [
  [undefined, "nothing"],
  [null, "null"],
  [5, "the number 5"],
  [{}, "an object"],
  [["a"], "an array of 1"],
  [Symbol("s"), "a symbol"],
];

const noId = (field: string, ...rest: readonly unknown[]): readonly Case[] =>
  notTexts.map(([given, kind]) => [[given, ...rest], invalid(field, kind)]);
const noRecord = (field: string, ...before: readonly unknown[]): readonly Case[] =>
  notObjects.map(([given, kind]) => [[...before, given], invalid(field, kind)]);

const settings: readonly (readonly [changed: Readonly<Record<string, unknown>>, error: object])[] = [
  [{ url: 5 }, invalid("url", "the number 5")],
  [{ url: null }, invalid("url", "null")],
  [{ url: "" }, invalid("url", "an empty string")],
  [{ url: "nonsense" }, invalid("url", "a string of 8 characters")],
  [{ url: "ftp://a.example/" }, invalid("url", "a string of 16 characters")],
  [{ url: "https://user:pw@a.example/" }, invalid("url", "a string of 26 characters")],
  [{ url: `https://a.example/${"x".repeat(2048)}` }, invalid("url", "a string of 2066 characters")],
  [{ url: "http://10.0.0.1/" }, { type: "ForbiddenAddress", field: "url", host: "10.0.0.1" }],
  [{ url: "http://[::1]/" }, { type: "ForbiddenAddress" }],
  [{ url: "http://[::ffff:169.254.169.254]/" }, { type: "ForbiddenAddress" }],
  [{ events: event }, invalid("events", "a string of 14 characters")],
  [{ events: null }, invalid("events", "null")],
  [{ events: {} }, invalid("events", "an object")],
  [{ events: [event, 5] }, invalid("events[1]", "the number 5")],
  [{ events: [event, "nope"] }, { type: "UnknownEventType", field: "events[1]", eventType: "nope" }],
  [{ events: ["toString"] }, { type: "UnknownEventType", eventType: "toString" }],
  [{ secret: 5 }, invalid("secret", "the number 5")],
  [{ secret: null }, invalid("secret", "null")],
  [{ secret: "lone \ud800" }, invalid("secret", "a string of 6 characters")],
  [{ schemes: null }, invalid("schemes", "null")],
  [{ schemes: [] }, invalid("schemes", "an array of 0")],
  [{ schemes: "v1" }, invalid("schemes", "a string of 2 characters")],
  [{ schemes: ["v1", "v2"] }, invalid("schemes", "an array of 2")],
  [{ keyPair: null }, invalid("keyPair", "null")],
  [{ keyPair: 5 }, invalid("keyPair", "the number 5")],
  [{ rateLimitPerSecond: 0 }, invalid("rateLimitPerSecond", "the number 0")],
  [{ rateLimitPerSecond: "5" }, invalid("rateLimitPerSecond", "a string of 1 characters")],
  [{ rateLimitPerSecond: NaN }, invalid("rateLimitPerSecond", "the number NaN")],
  [{ rateLimitPerSecond: 10_001 }, invalid("rateLimitPerSecond", "the number 10001")],
  [{ active: 1 }, invalid("active", "the number 1")],
  [{ active: null }, invalid("active", "null")],
  [{ active: "true" }, invalid("active", "a string of 4 characters")],
  [{ retryConfig: null }, invalid("retryConfig", "null")],
  [{ retryConfig: [] }, invalid("retryConfig", "an array of 0")],
  [{ retryConfig: "none" }, invalid("retryConfig", "a string of 4 characters")],
  [{ retryConfig: { retries: 5 } }, invalid("retryConfig.retries", "the number 5")],
  [{ retryConfig: { maxRetries: 0 } }, invalid("retryConfig.maxRetries", "the number 0")],
  [{ retryConfig: { maxRetries: 1.5 } }, invalid("retryConfig.maxRetries", "the number 1.5")],
  [{ retryConfig: { maxRetries: "5" } }, invalid("retryConfig.maxRetries", "a string of 1 characters")],
  [{ retryConfig: { baseDelaySeconds: -1 } }, invalid("retryConfig.baseDelaySeconds", "the number -1")],
  [{ retryConfig: { baseDelaySeconds: Number.NaN } }, invalid("retryConfig.baseDelaySeconds", "the number NaN")],
  [
    { retryConfig: { maxDelaySeconds: Number.POSITIVE_INFINITY } },
    invalid("retryConfig.maxDelaySeconds", "the number Infinity"),
  ],
  [{ retryConfig: { backoffMultiplier: 0.5 } }, invalid("retryConfig.backoffMultiplier", "the number 0.5")],
  [{ retryConfig: { jitterFraction: 2 } }, invalid("retryConfig.jitterFraction", "the number 2")],
  [{ headers: null }, invalid("headers", "null")],
  [{ headers: ["a"] }, invalid("headers", "an array of 1")],
  [{ headers: { "x-a": 5 } }, invalid('headers["x-a"]', "the number 5")],
  [{ headers: { "x-a": "two\nlines" } }, invalid('headers["x-a"]', "a string of 9 characters")],
  [{ headers: { "x a": "b" } }, invalid('headers["x a"]', "a string of 3 characters")],
  [{ headers: { Host: "b" } }, invalid('headers["Host"]', "a string of 1 characters")],
  [{ headers: { "Webhook-Id": "b" } }, invalid('headers["Webhook-Id"]', "a string of 1 characters")],
  [{ headers: { "x-kemi-signature": "b" } }, invalid('headers["x-kemi-signature"]', "a string of 1 characters")],
];

const badIds: readonly Case[] = [
  [[{ webhookId: "", url, events: [event] }], invalid("webhookId", "an empty string")],
  [[{ webhookId: "has space", url, events: [event] }], invalid("webhookId", "a string of 9 characters")],
  [[{ webhookId: "x".repeat(201), url, events: [event] }], invalid("webhookId", "a string of 201 characters")],
  [[{ webhookId: null, url, events: [event] }], invalid("webhookId", "null")],
  [[{ webhookId: Symbol("s"), url, events: [event] }], invalid("webhookId", "a symbol")],
  [[{ tenantId: null, url, events: [event] }], invalid("tenantId", "null")],
  [[{ tenantId: "a\nb", url, events: [event] }], invalid("tenantId", "a string of 3 characters")],
];

const message = (changed: object) => [{ event, payload, ...changed }];
const badMessages: readonly Case[] = [
  [message({ event: undefined }), invalid("event", "nothing")],
  [message({ event: 5 }), invalid("event", "the number 5")],
  [message({ event: "nope" }), { type: "UnknownEventType", field: "event", eventType: "nope" }],
  [message({ event: "__proto__" }), { type: "UnknownEventType", eventType: "__proto__" }],
  [message({ tenantId: 5 }), invalid("tenantId", "the number 5")],
  [message({ webhookId: "" }), invalid("webhookId", "an empty string")],
  [message({ webhookId: null }), invalid("webhookId", "null")],
  [message({ idempotencyKey: "" }), invalid("idempotencyKey", "an empty string")],
  [message({ idempotencyKey: "a\0" }), invalid("idempotencyKey", "a string of 2 characters")],
  [message({ idempotencyKey: null }), invalid("idempotencyKey", "null")],
  [message({ idempotencyKey: "x".repeat(201) }), invalid("idempotencyKey", "a string of 201 characters")],
  [message({ payload: undefined }), { type: "NotJson", path: "$" }],
  [
    message({ payload: { deep: [1, Number.NaN] } }),
    { type: "NotJson", path: "$.deep[1]", message: expect.stringContaining("NaN") },
  ],
  [message({ payload: { n: 5n } }), { type: "NotJson", path: "$.n" }],
];

const operations: readonly (readonly [name: string, operation: Operation, cases: readonly Case[]])[] = [
  [
    "webhooks.register",
    ({ webhooks }) => webhooks.register,
    [
      [[], invalid("webhook", "nothing")],
      ...noRecord("webhook"),
      [[{}], invalid("url", "nothing")],
      [[{ url }], invalid("events", "nothing")],
      ...settings.map(([changed, error]): Case => [[{ url, events: [event], ...changed }], error]),
      [[{ url, events: [event], paused: "yes" }], invalid("paused", "a string of 3 characters")],
      [[{ url, events: [event], active: false, paused: true }], invalid("paused", "true")],
      ...badIds,
    ],
  ],
  [
    "webhooks.update",
    ({ webhooks }) => webhooks.update,
    [
      ...noId("webhookId", { active: false }),
      [["w"], invalid("changes", "nothing")],
      ...noRecord("changes", "w"),
      ...settings.map(([changed, error]): Case => [["w", changed], error]),
      [["w", { paused: "yes" }], invalid("paused", "a string of 3 characters")],
      [["w", { active: false, paused: true }], invalid("paused", "true")],
      [["unknown", { active: false }], { type: "WebhookNotFound", webhookId: "unknown" }],
    ],
  ],
  [
    "webhooks.rotateSecret",
    ({ webhooks }) => webhooks.rotateSecret,
    [
      ...noId("webhookId"),
      ...noRecord("rotation", "w"),
      [["w", { overlapSeconds: -1 }], invalid("overlapSeconds", "the number -1")],
      [["w", { overlapSeconds: "60" }], invalid("overlapSeconds", "a string of 2 characters")],
      [["w", { overlapSeconds: Number.NaN }], invalid("overlapSeconds", "the number NaN")],
      [["w", { overlapSeconds: 8_000_000 }], invalid("overlapSeconds", "the number 8000000")],
      [["w", { secret: 5 }], invalid("secret", "the number 5")],
      [["unknown"], { type: "WebhookNotFound", webhookId: "unknown" }],
    ],
  ],
  ["webhooks.get", ({ webhooks }) => webhooks.get, noId("webhookId")],
  [
    "webhooks.delete",
    ({ webhooks }) => webhooks.delete,
    [...noId("webhookId"), ...noRecord("options", "w"), [["w", { actor: null }], invalid("actor", "null")]],
  ],
  [
    "webhooks.health",
    ({ webhooks }) => webhooks.health,
    [...noId("webhookId"), [["unknown"], { type: "WebhookNotFound", webhookId: "unknown" }]],
  ],
  [
    "webhooks.history",
    ({ webhooks }) => webhooks.history,
    [...noId("webhookId"), [["unknown"], { type: "WebhookNotFound", webhookId: "unknown" }]],
  ],
  [
    "webhooks.list",
    ({ webhooks }) => webhooks.list,
    [
      ...noRecord("listing"),
      [[{ tenantId: 5 }], invalid("tenantId", "the number 5")],
      [[{ activeOnly: "no" }], invalid("activeOnly", "a string of 2 characters")],
    ],
  ],
  [
    "webhooks.listAll",
    ({ webhooks }) => webhooks.listAll,
    [
      ...noRecord("listing"),
      [[{ activeOnly: null }], invalid("activeOnly", "null")],
      [[{ limit: 0 }], invalid("limit", "the number 0")],
      [[{ limit: 1001 }], invalid("limit", "the number 1001")],
      [[{ limit: "5" }], invalid("limit", "a string of 1 characters")],
      [[{ limit: null }], invalid("limit", "null")],
      [[{ after: 5 }], invalid("after", "the number 5")],
      [[{ after: "" }], invalid("after", "an empty string")],
      [[{ after: "a\0b" }], invalid("after", "a string of 3 characters")],
    ],
  ],
  [
    "webhooks.listForEvent",
    ({ webhooks }) => webhooks.listForEvent,
    [
      ...noId("event"),
      [["nope"], { type: "UnknownEventType", eventType: "nope" }],
      ...noRecord("listing", event),
      [[event, { tenantId: null }], invalid("tenantId", "null")],
    ],
  ],
  [
    "webhooks.importFromKemi",
    ({ webhooks }) => webhooks.importFromKemi,
    [
      [[], invalid("source", "nothing")],
      ...noRecord("source"),
      [[{}], { type: "StorageError", message: expect.stringContaining("path must be") }],
      [[{ path: "kemi.db", actor: 5 }], invalid("actor", "the number 5")],
      [[{ path: 5 }], { type: "StorageError", message: expect.stringContaining("path must be") }],
    ],
  ],
  ["publish", ({ publish }) => publish, [[[], invalid("message", "nothing")], ...noRecord("message"), ...badMessages]],
  [
    "preview",
    ({ preview }) => preview,
    [
      [[], invalid("message", "nothing")],
      ...noRecord("message"),
      [[{}], invalid("event", "nothing")],
      [[{ event, tenantId: 5 }], invalid("tenantId", "the number 5")],
      [[{ event: "nope" }], { type: "UnknownEventType" }],
    ],
  ],
  [
    "dispatch",
    ({ dispatch }) => dispatch,
    [
      [[], invalid("message", "nothing")],
      ...noRecord("message"),
      ...badMessages,
      ...noRecord("options", { event, payload }),
      [[{ event, payload }, { mode: "parallel" }], invalid("mode", "a string of 8 characters")],
      [[{ event, payload }, { mode: null }], invalid("mode", "null")],
    ],
  ],
  [
    "messages.erase",
    ({ messages }) => messages.erase,
    [
      [[], invalid("erasure", "nothing")],
      ...noRecord("erasure"),
      [[{}], invalid("erasure", "an object")],
      [[{ messageId: "m", subject: "s" }], invalid("erasure", "an object")],
      [[{ all: true, subject: "s" }], invalid("erasure", "an object")],
      [[{ all: true, messageId: "m" }], invalid("erasure", "an object")],
      [[{ subject: undefined, tenantId: "t" }], invalid("erasure", "an object")],
      [[{ all: false }], invalid("all", "false")],
      [[{ all: "yes" }], invalid("all", "a string of 3 characters")],
      [[{ all: true, tenantId: 5 }], invalid("tenantId", "the number 5")],
      [[{ messageId: 5 }], invalid("messageId", "the number 5")],
      [[{ messageId: null }], invalid("messageId", "null")],
      [[{ messageId: "m", tenantId: "t" }], invalid("tenantId", "a string of 1 characters")],
      [[{ subject: "" }], invalid("subject", "an empty string")],
      [[{ subject: null }], invalid("subject", "null")],
      [[{ subject: "s", tenantId: 5 }], invalid("tenantId", "the number 5")],
      [[{ messageId: "unknown" }], { type: "MessageNotFound", messageId: "unknown" }],
    ],
  ],
  [
    "messages.list",
    ({ messages }) => messages.list,
    [
      [[], invalid("listing", "nothing")],
      ...noRecord("listing"),
      [[{}], invalid("subject", "nothing")],
      [[{ subject: "" }], invalid("subject", "an empty string")],
      [[{ subject: null }], invalid("subject", "null")],
      [[{ subject: "s", tenantId: 5 }], invalid("tenantId", "the number 5")],
      [[{ subject: "s", newestFirst: 1 }], invalid("newestFirst", "the number 1")],
      [[{ subject: "s", after: "" }], invalid("after", "an empty string")],
      [[{ subject: "s", limit: 1001 }], invalid("limit", "the number 1001")],
    ],
  ],
  [
    "messages.resend",
    ({ messages }) => messages.resend,
    [
      [[], invalid("resending", "nothing")],
      ...noRecord("resending"),
      [[{ webhookId: "w" }], invalid("messageId", "nothing")],
      [[{ messageId: "m" }], invalid("webhookId", "nothing")],
      [[{ messageId: "m", webhookId: null }], invalid("webhookId", "null")],
      [[{ messageId: "m", webhookId: "w", actor: 5 }], invalid("actor", "the number 5")],
      [[{ messageId: "unknown", webhookId: "w" }], { type: "MessageNotFound", messageId: "unknown" }],
    ],
  ],
  [
    "ledger.prune",
    ({ ledger }) => ledger.prune,
    [
      [[], invalid("pruning", "nothing")],
      ...noRecord("pruning"),
      ...noRecord("options", { finishedBefore: new Date(0) }),
      [[{}], invalid("finishedBefore", "nothing")],
      [[{ finishedBefore: 5 }], invalid("finishedBefore", "the number 5")],
      [[{ finishedBefore: "2026-01-01" }], invalid("finishedBefore", "a string of 10 characters")],
      [[{ finishedBefore: new Date(0) }, { onProgress: 5 }], invalid("onProgress", "the number 5")],
    ],
  ],
  ["deliveries.get", ({ deliveries }) => deliveries.get, noId("deliveryId")],
  [
    "deliveries.attempts",
    ({ deliveries }) => deliveries.attempts,
    [...noId("deliveryId"), [["unknown"], { type: "DeliveryNotFound", deliveryId: "unknown" }]],
  ],
  [
    "deliveries.attemptsOf",
    ({ deliveries }) => deliveries.attemptsOf,
    [
      [[], invalid("deliveryIds", "nothing")],
      [["d"], invalid("deliveryIds", "a string of 1 characters")],
      [[["d", 5]], invalid("deliveryIds[1]", "the number 5")],
      [[["d", "a\0"]], invalid("deliveryIds[1]", "a string of 2 characters")],
      [[Array(2)], invalid("deliveryIds[0]", "nothing")],
      [[Array(1001).fill("d")], invalid("deliveryIds", "an array of 1001")],
    ],
  ],
  [
    "deliveries.redeliver",
    ({ deliveries }) => deliveries.redeliver,
    [
      ...noId("deliveryId"),
      ...noRecord("options", "d"),
      [["d", { actor: 5 }], invalid("actor", "the number 5")],
      [["unknown"], { type: "DeliveryNotFound", deliveryId: "unknown" }],
    ],
  ],
  [
    "deliveries.cancel",
    ({ deliveries }) => deliveries.cancel,
    [
      ...noId("deliveryId"),
      ...noRecord("options", "d"),
      [["d", { actor: 5 }], invalid("actor", "the number 5")],
      [["unknown"], { type: "DeliveryNotFound", deliveryId: "unknown" }],
    ],
  ],
  [
    "deliveries.replay",
    ({ deliveries }) => deliveries.replay,
    [
      ...noRecord("filter"),
      ...noRecord("options", {}),
      [[{ webhookId: 5 }], invalid("webhookId", "the number 5")],
      [[{ webhookId: null }], invalid("webhookId", "null")],
      [[{ webhookId: "unknown" }], { type: "WebhookNotFound", webhookId: "unknown" }],
      [[{ tenantId: null }], invalid("tenantId", "null")],
      [[{ since: null }], invalid("since", "null")],
      [[{ since: "2030-01-01" }], invalid("since", "a string of 10 characters")],
      [[{ since: 0 }], invalid("since", "the number 0")],
      [[{ since: new Date(Number.NaN) }], invalid("since", "an object")],
      [[{ since: Object.create(Date.prototype) }], invalid("since", "an object")],
      [[{ until: null }], invalid("until", "null")],
      [[{ until: "2030-01-01" }], invalid("until", "a string of 10 characters")],
      [[{ until: new Date(Number.NaN) }], invalid("until", "an object")],
      [[{ states: null }], invalid("states", "null")],
      [[{ states: "exhausted" }], invalid("states", "a string of 9 characters")],
      [[{ states: [] }], invalid("states", "an array of 0")],
      [[{ states: ["exhausted", "delivered"] }], invalid("states[1]", "a string of 9 characters")],
      [[{ states: ["waiting"] }], invalid("states[0]", "a string of 7 characters")],
      [[{ states: [undefined] }], invalid("states[0]", "nothing")],
      [[{ states: new Set(["exhausted"]) }], invalid("states", "an object")],
      [[{}, { onProgress: null }], invalid("onProgress", "null")],
      [[{}, { onProgress: {} }], invalid("onProgress", "an object")],
    ],
  ],
  [
    "deliveries.list",
    ({ deliveries }) => deliveries.list,
    [
      ...noRecord("listing"),
      [[{ newestFirst: "yes" }], invalid("newestFirst", "a string of 3 characters")],
      [[{ tenantId: null }], invalid("tenantId", "null")],
      [[{ limit: 0 }], invalid("limit", "the number 0")],
      [[{ limit: 1001 }], invalid("limit", "the number 1001")],
      [[{ limit: 1.5 }], invalid("limit", "the number 1.5")],
      [[{ limit: "5" }], invalid("limit", "a string of 1 characters")],
      [[{ limit: 5n }], invalid("limit", "a bigint")],
      [[{ limit: null }], invalid("limit", "null")],
      [[{ state: "lost" }], invalid("state", "a string of 4 characters")],
      [[{ state: null }], invalid("state", "null")],
      [[{ state: [] }], invalid("state", "an array of 0")],
      [[{ state: ["pending", "lost"] }], invalid("state[1]", "a string of 4 characters")],
      [[{ state: ["missed"] }], invalid("state[0]", "a string of 6 characters")],
      [[{ state: new Array(1) }], invalid("state[0]", "nothing")],
      [[{ webhookId: 5 }], invalid("webhookId", "the number 5")],
      [[{ messageId: {} }], invalid("messageId", "an object")],
      [[{ after: 5 }], invalid("after", "the number 5")],
      [[{ after: "" }], invalid("after", "an empty string")],
      [[{ after: "", newestFirst: true }], invalid("after", "an empty string")],
    ],
  ],
  [
    "ledger.readAll",
    ({ ledger }) => ledger.readAll,
    [
      [[], invalid("page", "nothing")],
      ...noRecord("page"),
      [[{}], invalid("limit", "nothing")],
      [[{ limit: "x" }], invalid("limit", "a string of 1 characters")],
      [[{ limit: 0 }], invalid("limit", "the number 0")],
      [[{ limit: 5, after: null }], invalid("after", "null")],
      [[{ limit: 5, after: -1 }], invalid("after", "the number -1")],
      [[{ limit: 5, after: 0.5 }], invalid("after", "the number 0.5")],
      [[{ limit: 5, after: "1" }], invalid("after", "a string of 1 characters")],
    ],
  ],
  ["ledger.readStream", ({ ledger }) => ledger.readStream, noId("streamId")],
  [
    "worker.start",
    ({ worker }) =>
      (options: never) =>
        worker(options).start(),
    [
      ...noRecord("options"),
      [[{ concurrency: 0 }], invalid("concurrency", "the number 0")],
      [[{ concurrency: 10_001 }], invalid("concurrency", "the number 10001")],
      [[{ perWebhookConcurrency: 2 ** 31 }], invalid("perWebhookConcurrency", "the number 2147483648")],
      [[{ concurrency: "5" }], invalid("concurrency", "a string of 1 characters")],
      [[{ perWebhookConcurrency: 1.5 }], invalid("perWebhookConcurrency", "the number 1.5")],
      [[{ leaseSeconds: 10 }], invalid("leaseSeconds", "the number 10")],
      [
        [{ leaseSeconds: "60" }],
        {
          ...invalid("leaseSeconds", "a string of 2 characters"),
          rule: "must be a number of seconds, more than the 10 s that one attempt may take and at most 86400, a day",
        },
      ],
      [[{ leaseSeconds: Number.NaN }], invalid("leaseSeconds", "the number NaN")],
      [[{ leaseSeconds: 90_000 }], invalid("leaseSeconds", "the number 90000")],
    ],
  ],
  [
    "worker.runUntilIdle",
    ({ worker }) =>
      (options: never) =>
        worker(options).runUntilIdle(),
    [
      ...noRecord("options"),
      [[{ concurrency: -1 }], invalid("concurrency", "the number -1")],
      [[{ leaseSeconds: 0 }], invalid("leaseSeconds", "the number 0")],
    ],
  ],
];

describe.each(storages)("bad input is refused by name, and nothing is written, on $name", ({ create }) => {
  it.each(operations)("%s", async (_, operation, cases) => {
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: create(), http });
    await value(hooks.webhooks.register({ webhookId: "w", url, events: [event], secret: "s" }));
    await value(hooks.publish({ event, payload }));
    const before = await readLedger(hooks);
    for (const [given, error] of cases) {
      expect(await errorOf(operation(hooks), ...given), `given ${inspect(given)}`).toMatchObject(error);
    }
    expect(await readLedger(hooks)).toEqual(before);
    expect(http.requests).toEqual([]);
  });
});

describe("openHookledger refuses options that break a rule", () => {
  const storage = memoryStorage();
  const schemaless = { "~standard": {} };
  it.each<readonly [options: unknown, error: object]>([
    [undefined, invalid("options", "nothing")],
    [null, invalid("options", "null")],
    ["hooks.db", invalid("options", "a string of 8 characters")],
    [{}, invalid("storage", "nothing")],
    [{ storage: "hooks.db" }, invalid("storage", "a string of 8 characters")],
    [{ storage: {} }, invalid("storage", "an object")],
    [{ storage, http: null }, invalid("http", "null")],
    [{ storage, http: fetch }, invalid("http", "a function")],
    [{ storage, network: null }, invalid("network", "null")],
    [{ storage, network: { allow: "10.0.0.0/8" } }, invalid("network.allow", "a string of 10 characters")],
    [{ storage, network: { allow: ["10.0.0.0/8", "10/8"] } }, invalid("network.allow[1]", "a string of 4 characters")],
    [{ storage, network: { allow: [5] } }, invalid("network.allow[0]", "the number 5")],
    ...[
      "proxy:3128",
      "ftp://proxy",
      "http://proxy/path",
      "http://proxy?x",
      "http://proxy#x",
      "http://user:100%@proxy",
    ].map(
      (proxy) =>
        [{ storage, network: { proxy } }, invalid("network.proxy", `a string of ${proxy.length} characters`)] as const,
    ),
    [{ storage, network: { proxy: 5 } }, invalid("network.proxy", "the number 5")],
    [{ storage, network: { httpsOnly: "yes" } }, invalid("network.httpsOnly", "a string of 3 characters")],
    [{ storage, cipher: {} }, invalid("cipher", "an object")],
    [{ storage, limits: null }, invalid("limits", "null")],
    [{ storage, limits: { payloadBytes: 0 } }, invalid("limits.payloadBytes", "the number 0")],
    [{ storage, limits: { payloadBytes: 1.5 } }, invalid("limits.payloadBytes", "the number 1.5")],
    [{ storage, limits: { payloadBytes: "1" } }, invalid("limits.payloadBytes", "a string of 1 characters")],
    [{ storage, limits: { payloadBytes: 2 ** 40 } }, invalid("limits.payloadBytes", "the number 1099511627776")],
    [{ storage, request: null }, invalid("request", "null")],
    [{ storage, request: { timeoutSeconds: 0 } }, invalid("request.timeoutSeconds", "the number 0")],
    [{ storage, request: { timeoutSeconds: "5" } }, invalid("request.timeoutSeconds", "a string of 1 characters")],
    [{ storage, request: { timeoutSeconds: Number.NaN } }, invalid("request.timeoutSeconds", "the number NaN")],
    [{ storage, request: { timeoutSeconds: 3601 } }, invalid("request.timeoutSeconds", "the number 3601")],
    [
      { storage, request: { userAgent: "" } },
      { type: "InvalidInput", message: expect.stringContaining("request.userAgent") },
    ],
    [
      { storage, request: { contentType: "a\nb" } },
      { type: "InvalidInput", message: expect.stringContaining("request.contentType") },
    ],
    [
      { storage, request: { signatureHeader: "a b" } },
      { type: "InvalidInput", message: expect.stringContaining("request.signatureHeader") },
    ],
    [
      { storage, request: { signatureHeader: 5 } },
      { type: "InvalidInput", message: expect.stringContaining("request.signatureHeader") },
    ],
    [
      { storage, request: { signatureHeader: "webhook-id" } },
      { type: "InvalidInput", message: expect.stringContaining("request.signatureHeader") },
    ],
    [
      { storage, request: { signatureHeader: "content-type" } },
      { type: "InvalidInput", message: expect.stringContaining("request.signatureHeader") },
    ],
    [
      { storage, request: { signatureHeader: "User-Agent" } },
      { type: "InvalidInput", message: expect.stringContaining("request.signatureHeader") },
    ],
    [{ storage, events: null }, invalid("events", "null")],
    [{ storage, events: "memory.updated" }, invalid("events", "a string of 14 characters")],
    [{ storage, events: { "has space": null } }, invalid('events["has space"]', "a string of 9 characters")],
    [{ storage, events: { "a..b": null } }, invalid('events["a..b"]', "a string of 4 characters")],
    [{ storage, events: { "order.paid": schemaless } }, invalid('events["order.paid"]', "an object")],
    [{ storage, events: { "order.paid": undefined } }, invalid('events["order.paid"]', "nothing")],
    [{ storage, clock: {} }, invalid("clock", "an object")],
    [{ storage, ids: 5 }, invalid("ids", "the number 5")],
    [{ storage, random: null }, invalid("random", "null")],
    [{ storage, logger: { info: () => undefined } }, invalid("logger", "an object")],
  ])("%j", async (options, error) => {
    expect(await errorOf(openHookledger, options)).toMatchObject(error);
  });

  it.each([
    { request: { timeoutSeconds: 0.001 } },
    { request: { timeoutSeconds: 3600 } },
    { limits: { payloadBytes: 1 } },
    { limits: { payloadBytes: 64 * 1024 * 1024 } },
  ])("and takes the least and the most that a rule permits: %j", async (options) => {
    const hooks = await value(openHookledger({ storage: memoryStorage(), ...options }));
    await value(hooks.close());
  });

  it("a signature header must differ from the standard headers, however either is written", () =>
    fc.assert(
      fc.asyncProperty(
        fc.mixedCase(fc.constant("x-acme-")),
        fc.mixedCase(fc.constantFrom("x-acme-id", "x-acme-timestamp", "x-acme-signature")),
        async (headerPrefix, signatureHeader) => {
          const options = { storage: memoryStorage(), request: { headerPrefix, signatureHeader } };
          expect(await errorOf(openHookledger, options)).toMatchObject({ field: "request.signatureHeader" });
        },
      ),
    ));

  it.each([
    ["memoryStorage", "storage", { storage: memoryStorage }],
    ["sqliteStorage", "storage", { storage: sqliteStorage }],
    ["postgresStorage", "storage", { storage: postgresStorage }],
    ["undiciHttpClient", "http", { storage: memoryStorage(), http: undiciHttpClient }],
    ["createFakeClock", "clock", { storage: memoryStorage(), clock: createFakeClock }],
  ])("%s, passed without being called, is told to be called", async (_name, field, options) => {
    const message = expect.stringContaining(": pass what the function returns, not the function; received a function");
    expect(await errorOf(openHookledger, options)).toMatchObject({ type: "InvalidInput", field, message });
  });

  it("a Result that was passed without being looked at is told to be", async () => {
    const message = expect.stringContaining("decrypt(): pass the Result's value, not the Result; received an object");
    const cipher = aesGcmCipher({ keys: { k: new Uint8Array(32) }, current: "k" });
    const opening = errorOf(openHookledger, { storage: memoryStorage(), cipher });
    expect(await opening).toMatchObject({ type: "InvalidInput", field: "cipher", message });
  });

  it("what new Date makes of a text that is no date is told from what is no Date", async () => {
    const { deliveries } = await openHooks();
    const message = expect.stringContaining("must be a valid Date, not an Invalid Date");
    expect(await errorOf(deliveries.replay, { since: new Date("soon") })).toMatchObject({ field: "since", message });
  });

  it("a message never holds the value that was refused: it may be a secret", async () => {
    const hooks = await openHooks();
    const canary = "c4nary\ud800";
    for (const changed of [{ secret: canary }, { headers: { authorization: canary } }, { url: `ftp://${canary}` }]) {
      const error = await errorOf(hooks.webhooks.register, { url, events: [event], ...changed });
      expect(JSON.stringify(error)).not.toContain("c4nary");
    }
  });

  it("a catalogue of the application's own replaces the six event types", async () => {
    const hooks = await openHooks({ events: defineEvents({ "order.paid": null }) });
    expect(await errorOf(hooks.publish, { event, payload })).toMatchObject({
      type: "UnknownEventType",
      known: ["order.paid"],
    });
  });
});
