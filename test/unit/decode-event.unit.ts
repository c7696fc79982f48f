import { describe, expect, it } from "vitest";
import { toIso } from "../../src/domain/instant.ts";
import { decodeEvent, streamId, type DomainEvent } from "../../src/domain/ledger/index.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";

const instant = "2026-01-01T00:00:00.000Z";
const delivery = { deliveryId: "d", messageId: "m", webhookId: "w", tenantId: "", event: "memory.updated" };
const failure = { kind: "status", statusCode: 500 } as const;

/** One of each type, with every field that it must have. */
const examples: { readonly [Type in DomainEvent["type"]]: Extract<DomainEvent, { type: Type }>["data"] } = {
  WebhookRegistered: {
    ...{ webhookId: "w", tenantId: "", url: "https://a.example/", events: ["memory.updated"], active: true },
    ...{ retryConfig: DEFAULT_RETRY_CONFIG, secretId: "s", headers: null },
  },
  WebhookUrlChanged: { url: "https://a.example/" },
  WebhookSubscriptionChanged: { events: [] },
  WebhookRetryConfigChanged: { retryConfig: { ...DEFAULT_RETRY_CONFIG, jitterFraction: 0.5 } },
  WebhookHeadersChanged: { headers: { headersId: "h", names: ["x-a"] } },
  WebhookRateLimitChanged: { rateLimitPerSecond: 0.5 },
  WebhookSecretRotated: { secretId: "s", overlapUntil: instant },
  WebhookSchemesChanged: { schemes: ["kemi", "v1"] },
  WebhookKeyPairRotated: { keyPair: { keyPairId: "k", publicKey: "whpk_" }, overlapUntil: instant },
  WebhookActivated: {},
  WebhookPaused: {},
  WebhookResumed: {},
  WebhookDeactivated: { reason: "operator" },
  WebhookDeleted: {},
  DeliveryScheduled: { ...delivery, dueAt: instant },
  DeliveryAttemptFailed: { attempt: 1, failure, durationMs: 1.5, retryAt: instant },
  DeliverySucceeded: { attempt: 1, statusCode: 200, durationMs: 0 },
  DeliveryExhausted: { attempts: 5 },
  DeliveryCancelled: { reason: "operator" },
  RedeliveryRequested: { dueAt: instant },
  MessageAddressed: { webhookId: "w", deliveryId: "d" },
  MessageErased: {},
  MessagePublished: {
    ...{ messageId: "m", tenantId: "", event: "memory.updated" },
    matched: [{ webhookId: "w", deliveryId: "d" }],
    skipped: [{ webhookId: "v", reason: "inactive" }],
  },
};
const every: readonly (readonly [string, object])[] = Object.entries(examples);

function expectRefused(type: string, data: unknown): void {
  expect(decodeEvent(type, data)._unsafeUnwrapErr(), JSON.stringify(data)).toBe(
    `its data does not have the form of a ${type}`,
  );
}

function expectAccepted(type: string, data: unknown): void {
  expect(decodeEvent(type, data)._unsafeUnwrap()).toEqual({ type, data });
}

describe.each(every)("%s", (type, data) => {
  it("is read as it was written", () => expectAccepted(type, data));

  it("may have fields that a later version added", () => expectAccepted(type, { ...data, addedLater: [1] }));

  it("must have an object for its data", () => {
    for (const other of [undefined, null, "text", 7, true, [], [data]]) expectRefused(type, other);
  });

  it("must have each of its fields, of the right kind", () => {
    for (const name of Object.keys(data)) {
      const others = Object.entries(data).filter(([other]) => other !== name);
      expectRefused(type, Object.fromEntries(others));
      for (const wrong of [Symbol("wrong"), undefined, {}, () => 1]) expectRefused(type, { ...data, [name]: wrong });
    }
  });
});

/** Every value here takes the place of the field in the example. */
const wrong: readonly (readonly [DomainEvent["type"], string, readonly unknown[]])[] = [
  ["WebhookRegistered", "webhookId", [1, null]],
  ["WebhookRegistered", "tenantId", [null]],
  ["WebhookRegistered", "url", [null, 1]],
  ["WebhookRegistered", "events", ["memory.updated", null, [1], ["a", null], { 0: "a" }]],
  ["WebhookRegistered", "active", [1, "true", null]],
  ["WebhookRegistered", "retryConfig", [null, [], { ...DEFAULT_RETRY_CONFIG, jitterFraction: null }]],
  ["WebhookRegistered", "secretId", [null]],
  [
    "WebhookRegistered",
    "headers",
    [[], "h", { headersId: "h" }, { names: [] }, { headersId: 1, names: [] }, { headersId: "h", names: [1] }],
  ],
  ["WebhookRegistered", "rateLimitPerSecond", ["5", 0, -1, [5]]],
  ["WebhookRateLimitChanged", "rateLimitPerSecond", ["5", 0, -1, Number.NaN, [5]]],
  ["WebhookSecretRotated", "overlapUntil", ["", "soon", 1]],
  ["WebhookDeactivated", "reason", ["", "bored", null, 1]],
  ["DeliveryScheduled", "dueAt", ["", "soon", null, 1_767_225_600_000]],
  ["DeliveryScheduled", "event", [null, 1]],
  ["DeliveryAttemptFailed", "attempt", [0, -1, 1.5, "1", null, Number.NaN, 2 ** 53]],
  ["DeliveryAttemptFailed", "durationMs", ["1", null]],
  ["DeliveryAttemptFailed", "retryAt", ["soon", 1, ""]],
  ["DeliverySucceeded", "attempt", [0, 1.5, "1"]],
  ["DeliverySucceeded", "statusCode", ["200", null]],
  ["DeliveryExhausted", "attempts", [0, 0.5, "5", null]],
  ["DeliveryCancelled", "reason", ["", "bored", null]],
  ["RedeliveryRequested", "dueAt", ["soon", null]],
  [
    "MessagePublished",
    "matched",
    [null, [null], [{ webhookId: "w" }], [{ deliveryId: "d" }], [{ webhookId: "w", deliveryId: 1 }]],
  ],
  [
    "MessagePublished",
    "skipped",
    [null, [{ webhookId: "v" }], [{ reason: "inactive" }], [{ webhookId: "v", reason: "bored" }]],
  ],
];

describe("a field's value", () => {
  it.each(wrong)("%s: %s", (type, name, values) => {
    for (const value of values) expectRefused(type, { ...examples[type], [name]: value });
  });

  it("in a retry config must be a number, for each setting", () => {
    for (const name of [
      ...["maxRetries", "baseDelaySeconds", "maxDelaySeconds", "backoffMultiplier", "jitterFraction"],
      ...["maxRetryAfterSeconds", "deactivateAfterSeconds"],
    ]) {
      for (const value of ["1", [1]])
        expectRefused("WebhookRetryConfigChanged", { retryConfig: { ...DEFAULT_RETRY_CONFIG, [name]: value } });
    }
    const { maxRetries, ...incomplete } = DEFAULT_RETRY_CONFIG;
    expect(maxRetries).toBe(5);
    expectRefused("WebhookRetryConfigChanged", { retryConfig: incomplete });
  });

  it("in a retry config may be a schedule, of numbers", () => {
    const withSchedule = (scheduleSeconds: unknown) => ({ retryConfig: { ...DEFAULT_RETRY_CONFIG, scheduleSeconds } });
    expectAccepted("WebhookRetryConfigChanged", withSchedule([0, 5]));
    for (const other of [null, 5, "0,5", { 0: 0 }, ["0"], [0, null]])
      expectRefused("WebhookRetryConfigChanged", withSchedule(other));
  });

  it.each(["operator", "failing", "gone"])("a webhook may be deactivated as %s", (reason) =>
    expectAccepted("WebhookDeactivated", { reason }),
  );

  it.each(["operator", "webhook-deleted", "webhook-deactivated", "message-missing", "message-erased"])(
    "a delivery may be cancelled as %s",
    (reason) => expectAccepted("DeliveryCancelled", { reason }),
  );

  it.each(["inactive", "not-subscribed", "not-addressed"])("a webhook may be skipped as %s", (reason) =>
    expectAccepted("MessagePublished", { ...examples.MessagePublished, skipped: [{ webhookId: "v", reason }] }),
  );

  it("may be null if null means none, but not in maxRetryAfterSeconds", () => {
    expectAccepted("WebhookSecretRotated", { secretId: "s", overlapUntil: null });
    expectAccepted("WebhookHeadersChanged", { headers: null });
    const retryConfig = { ...DEFAULT_RETRY_CONFIG, maxRetryAfterSeconds: 1, deactivateAfterSeconds: null };
    expectAccepted("WebhookRetryConfigChanged", { retryConfig });
    expectRefused("WebhookRetryConfigChanged", { retryConfig: { ...retryConfig, maxRetryAfterSeconds: null } });
    expectAccepted("DeliveryAttemptFailed", { ...examples.DeliveryAttemptFailed, retryAt: null });
  });
});

describe("why an attempt failed", () => {
  const decode = (reason: unknown) =>
    decodeEvent("DeliveryAttemptFailed", { ...examples.DeliveryAttemptFailed, failure: reason });
  const reasons: readonly object[] = [
    failure,
    { kind: "timeout", timeoutSeconds: 10, message: "too slow" },
    { kind: "connection", code: "ECONNREFUSED", message: "refused" },
    { kind: "connection", code: null, message: "refused" },
    { kind: "forbidden", message: "private" },
  ];

  it.each(reasons)("may be %o", (reason) => expect(decode(reason).isOk()).toBe(true));

  it.each(reasons)("must have each of its fields, of the right kind: %o", (reason) => {
    for (const name of Object.keys(reason)) {
      expect(decode(Object.fromEntries(Object.entries(reason).filter(([other]) => other !== name))).isErr(), name).toBe(
        true,
      );
      for (const other of [undefined, [], {}, "other" === name ? 1 : false])
        expect(decode({ ...reason, [name]: other }).isErr(), name).toBe(true);
    }
  });

  it.each([{ kind: "bored", message: "m" }, { message: "m" }, null, "status", []])("must not be %j", (reason) =>
    expect(decode(reason).isErr()).toBe(true),
  );
});

describe("an unknown type", () => {
  it.each(["WebhookForgotten", "", "webhookDeleted", "toString", "__proto__", "constructor", 'a"b'])(
    "%j is named in the refusal, whatever its data",
    (type) => {
      expect(decodeEvent(type, {})._unsafeUnwrapErr()).toBe(`its type ${JSON.stringify(type)} is unknown`);
      expect(decodeEvent(type, null)._unsafeUnwrapErr()).toBe(`its type ${JSON.stringify(type)} is unknown`);
    },
  );
});

describe("names and times", () => {
  it("a stream is named by its kind and its id", () => {
    expect(streamId("webhook", "a-b")).toBe("webhook-a-b");
    expect(streamId("delivery", "1")).toBe("delivery-1");
    expect(streamId("message", "1")).toBe("message-1");
  });

  it("an instant is ISO 8601 in UTC, with milliseconds", () =>
    expect(toIso(1_767_225_600_001)).toBe("2026-01-01T00:00:00.001Z"));
});
