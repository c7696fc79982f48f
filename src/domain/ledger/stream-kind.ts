import type { DeliveryEvent } from "../delivery/index.ts";
import type { MessageEvent } from "../message/index.ts";
import type { WebhookEvent } from "../webhook/index.ts";
import type { DomainEvent } from "./domain-event.ts";
import { streamId, type StreamCategory } from "./stream-id.ts";

const kinds: Readonly<Record<DomainEvent["type"], StreamCategory>> = {
  WebhookRegistered: "webhook",
  WebhookUrlChanged: "webhook",
  WebhookSubscriptionChanged: "webhook",
  WebhookRetryConfigChanged: "webhook",
  WebhookRateLimitChanged: "webhook",
  WebhookHeadersChanged: "webhook",
  WebhookSecretRotated: "webhook",
  WebhookSchemesChanged: "webhook",
  WebhookKeyPairRotated: "webhook",
  WebhookActivated: "webhook",
  WebhookDeactivated: "webhook",
  WebhookPaused: "webhook",
  WebhookResumed: "webhook",
  WebhookDeleted: "webhook",
  DeliveryScheduled: "delivery",
  DeliveryAttemptFailed: "delivery",
  DeliverySucceeded: "delivery",
  DeliveryExhausted: "delivery",
  DeliveryCancelled: "delivery",
  RedeliveryRequested: "delivery",
  MessagePublished: "message",
  MessageAddressed: "message",
  MessageErased: "message",
};

export function isWebhookEvent<Event extends DomainEvent>(event: Event): event is Event & WebhookEvent {
  return kinds[event.type] === "webhook";
}

export function isDeliveryEvent<Event extends DomainEvent>(event: Event): event is Event & DeliveryEvent {
  return kinds[event.type] === "delivery";
}

export function isMessageEvent<Event extends DomainEvent>(event: Event): event is Event & MessageEvent {
  return kinds[event.type] === "message";
}

const prefixes: Readonly<Record<StreamCategory, string>> = {
  webhook: streamId("webhook", ""),
  delivery: streamId("delivery", ""),
  message: streamId("message", ""),
};

/** Whether events of the type may stand in the stream. */
export function belongsIn(stream: string, { type }: Pick<DomainEvent, "type">): boolean {
  return stream.startsWith(prefixes[kinds[type]]);
}
