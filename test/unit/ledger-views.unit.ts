import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { decideAll, type Decider } from "../../src/domain/decider.ts";
import type { DeliveryEvent } from "../../src/domain/delivery/index.ts";
import { toIso } from "../../src/domain/instant.ts";
import {
  deliveryView,
  isDeliveryEvent,
  isMessageEvent,
  isWebhookEvent,
  webhookView,
  type DomainEvent,
  type RecordedAs,
  type RecordedEvent,
} from "../../src/domain/ledger/index.ts";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import type { WebhookEvent } from "../../src/domain/webhook/index.ts";

const T0 = 1_767_225_600_000;

/** Recorded a second after one another, as versions 1, 2, 3 of one stream. */
function recorded<Event extends DomainEvent>(...events: readonly Event[]): RecordedEvent<Event>[] {
  return events.map((event, index) => ({ ...event, ...placeOf(index) }));
}

function placeOf(index: number): RecordedAs {
  return {
    position: 10 + index,
    streamId: "s",
    version: 1 + index,
    metadata: {},
    recordedAt: toIso(T0 + index * 1000),
  };
}

const registered: WebhookEvent = {
  type: "WebhookRegistered",
  data: {
    ...{ webhookId: "w", tenantId: "t", url: "https://a.example/", events: ["memory.updated"], active: true },
    ...{ retryConfig: DEFAULT_RETRY_CONFIG, secretId: "s", headers: null },
  },
};
const scheduled: DeliveryEvent = {
  type: "DeliveryScheduled",
  data: { deliveryId: "d", messageId: "m", webhookId: "w", tenantId: "t", event: "memory.updated", dueAt: toIso(T0) },
};
const published: DomainEvent = {
  type: "MessagePublished",
  data: { messageId: "m", tenantId: "t", event: "e", matched: [], skipped: [] },
};

describe("a webhook's row", () => {
  it("is its state, with the stream's version and when it began and last changed", () => {
    const deactivated: WebhookEvent = { type: "WebhookDeactivated", data: { reason: "gone" } };
    expect(webhookView(recorded<WebhookEvent>(registered, deactivated))).toStrictEqual({
      ...{ webhookId: "w", tenantId: "t", url: "https://a.example/", events: ["memory.updated"], secretId: "s" },
      ...{ active: false, deactivationReason: "gone", paused: false, retryConfig: DEFAULT_RETRY_CONFIG, headers: null },
      ...{ schemes: ["kemi", "v1"], keyPair: null, rateLimitPerSecond: null },
      ...{ version: 2, createdAt: T0, updatedAt: T0 + 1000 },
    });
  });

  it("does not exist before the registration, or after the deletion", () => {
    expect(webhookView([])).toBeNull();
    expect(webhookView(recorded<WebhookEvent>({ type: "WebhookActivated", data: {} }))).toBeNull();
    expect(webhookView(recorded<WebhookEvent>(registered, { type: "WebhookDeleted", data: {} }))).toBeNull();
  });
});

describe("a delivery's row", () => {
  const known = {
    deliveryId: "d",
    messageId: "m",
    webhookId: "w",
    tenantId: "t",
    event: "memory.updated",
    attemptsBeforeRound: 0,
  };

  it("of a pending delivery says when the next attempt is due", () =>
    expect(deliveryView(recorded(scheduled))).toStrictEqual({
      ...known,
      ...{
        state: "pending",
        attempts: 0,
        nextAttemptAt: T0,
        cancellationReason: null,
        version: 1,
        createdAt: T0,
        updatedAt: T0,
      },
    }));

  it("of a cancelled delivery says why", () =>
    expect(
      deliveryView(recorded<DeliveryEvent>(scheduled, { type: "DeliveryCancelled", data: { reason: "operator" } })),
    ).toStrictEqual({
      ...known,
      ...{ state: "cancelled", attempts: 0, nextAttemptAt: null, cancellationReason: "operator" },
      ...{ version: 2, createdAt: T0, updatedAt: T0 + 1000 },
    }));

  it("of a delivered delivery says after how many attempts", () =>
    expect(
      deliveryView(
        recorded<DeliveryEvent>(scheduled, {
          type: "DeliverySucceeded",
          data: { attempt: 1, statusCode: 200, durationMs: 1 },
        }),
      ),
    ).toStrictEqual({
      ...known,
      ...{ state: "delivered", attempts: 1, nextAttemptAt: null, cancellationReason: null },
      ...{ version: 2, createdAt: T0, updatedAt: T0 + 1000 },
    }));

  it("does not exist before the delivery is scheduled", () => {
    expect(deliveryView([])).toBeNull();
    expect(deliveryView(recorded<DeliveryEvent>({ type: "DeliveryExhausted", data: { attempts: 1 } }))).toBeNull();
  });
});

it("every event is of one kind: a webhook's, a delivery's or a message's", () => {
  const kindsOf = (type: DomainEvent["type"]) => {
    const event: RecordedEvent = { ...byType[type], ...placeOf(0) };
    return [isWebhookEvent(event), isDeliveryEvent(event), isMessageEvent(event)];
  };
  for (const type of webhookTypes) expect(kindsOf(type), type).toEqual([true, false, false]);
  for (const type of deliveryTypes) expect(kindsOf(type), type).toEqual([false, true, false]);
  expect(kindsOf("MessagePublished")).toEqual([false, false, true]);
});

const byType: { readonly [Type in DomainEvent["type"]]: Extract<DomainEvent, { type: Type }> } = {
  WebhookRegistered: registered,
  WebhookUrlChanged: { type: "WebhookUrlChanged", data: { url: "u" } },
  WebhookSubscriptionChanged: { type: "WebhookSubscriptionChanged", data: { events: [] } },
  WebhookRetryConfigChanged: { type: "WebhookRetryConfigChanged", data: { retryConfig: DEFAULT_RETRY_CONFIG } },
  WebhookHeadersChanged: { type: "WebhookHeadersChanged", data: { headers: null } },
  WebhookSecretRotated: { type: "WebhookSecretRotated", data: { secretId: "s", overlapUntil: null } },
  WebhookSchemesChanged: { type: "WebhookSchemesChanged", data: { schemes: ["v1"] } },
  WebhookKeyPairRotated: {
    type: "WebhookKeyPairRotated",
    data: { keyPair: { keyPairId: "k", publicKey: "whpk_" }, overlapUntil: null },
  },
  WebhookRateLimitChanged: { type: "WebhookRateLimitChanged", data: { rateLimitPerSecond: 5 } },
  WebhookActivated: { type: "WebhookActivated", data: {} },
  WebhookPaused: { type: "WebhookPaused", data: {} },
  WebhookResumed: { type: "WebhookResumed", data: {} },
  WebhookDeactivated: { type: "WebhookDeactivated", data: { reason: "gone" } },
  WebhookDeleted: { type: "WebhookDeleted", data: {} },
  DeliveryScheduled: scheduled,
  DeliveryAttemptFailed: {
    type: "DeliveryAttemptFailed",
    data: { attempt: 1, failure: { kind: "status", statusCode: 500 }, durationMs: 1, retryAt: null },
  },
  DeliverySucceeded: { type: "DeliverySucceeded", data: { attempt: 1, statusCode: 200, durationMs: 1 } },
  DeliveryExhausted: { type: "DeliveryExhausted", data: { attempts: 1 } },
  DeliveryCancelled: { type: "DeliveryCancelled", data: { reason: "operator" } },
  RedeliveryRequested: { type: "RedeliveryRequested", data: { dueAt: toIso(T0) } },
  MessagePublished: published,
  MessageAddressed: { type: "MessageAddressed", data: { webhookId: "w", deliveryId: "d" } },
  MessageErased: { type: "MessageErased", data: {} },
};

const types = Object.values(byType).map(({ type }) => type);
const webhookTypes = types.filter((type) => type.startsWith("Webhook"));
const deliveryTypes = types.filter((type) => type.startsWith("Delivery") || type.startsWith("Redelivery"));

describe("deciding several commands", () => {
  /** Counts up to 3. */
  const counter: Decider<number, "count" | "rest", 1, "full"> = {
    initialState: 0,
    decide: (command, state) => (command === "rest" ? ok([]) : state < 3 ? ok([1]) : err("full")),
    evolve: (state, event) => state + event,
  };

  it("gives the events of all commands, each decided on the state that those before it led to", () => {
    expect(decideAll(counter, ["count", "rest", "count"], 1)._unsafeUnwrap()).toEqual([1, 1]);
    expect(decideAll(counter, [], 1)._unsafeUnwrap()).toEqual([]);
  });

  it("gives the first refusal, and none of the events before it", () =>
    expect(decideAll(counter, ["count", "count", "rest"], 2)._unsafeUnwrapErr()).toBe("full"));
});
