import { err, ok, type Result } from "neverthrow";
import type { AttemptFailure } from "../delivery/index.ts";
import type { DomainEvent } from "./domain-event.ts";
import {
  absentOr,
  anyOf,
  arrayOf,
  isBoolean,
  isCount,
  isInstant,
  isNumber,
  isString,
  nullOr,
  oneOf,
  shape,
  type Guard,
} from "../guards.ts";
import {
  isCancellationReason,
  isDeactivationReason,
  isHeaderReference,
  isKeyPairReference,
  isRateLimit,
  isRetryConfig,
  isSchemes,
} from "./value-guards.ts";

type EventType = DomainEvent["type"];
type DataOf<Type extends EventType> = Extract<DomainEvent, { type: Type }>["data"];

const isFailure: Guard<AttemptFailure> = anyOf(
  shape({ kind: oneOf("status"), statusCode: isNumber }),
  shape({ kind: oneOf("timeout"), timeoutSeconds: isNumber, message: isString }),
  shape({ kind: oneOf("connection"), code: nullOr(isString), message: isString }),
  shape({ kind: oneOf("forbidden", "signing"), message: isString }),
);

const isDelivery = {
  deliveryId: isString,
  messageId: isString,
  webhookId: isString,
  tenantId: isString,
  event: isString,
};

const guards: { readonly [Type in EventType]: Guard<DataOf<Type>> } = {
  WebhookRegistered: shape({
    webhookId: isString,
    tenantId: isString,
    url: isString,
    events: arrayOf(isString),
    active: isBoolean,
    retryConfig: isRetryConfig,
    secretId: isString,
    headers: isHeaderReference,
    schemes: absentOr(isSchemes),
    keyPair: absentOr(nullOr(isKeyPairReference)),
    rateLimitPerSecond: absentOr(isRateLimit),
  }),
  WebhookUrlChanged: shape({ url: isString }),
  WebhookSubscriptionChanged: shape({ events: arrayOf(isString) }),
  WebhookRetryConfigChanged: shape({ retryConfig: isRetryConfig }),
  WebhookRateLimitChanged: shape({ rateLimitPerSecond: isRateLimit }),
  WebhookHeadersChanged: shape({ headers: isHeaderReference }),
  WebhookSecretRotated: shape({ secretId: isString, overlapUntil: nullOr(isInstant) }),
  WebhookSchemesChanged: shape({ schemes: isSchemes }),
  WebhookKeyPairRotated: shape({ keyPair: isKeyPairReference, overlapUntil: nullOr(isInstant) }),
  WebhookActivated: shape({}),
  WebhookDeactivated: shape({ reason: isDeactivationReason }),
  WebhookPaused: shape({}),
  WebhookResumed: shape({}),
  WebhookDeleted: shape({}),
  DeliveryScheduled: shape({ ...isDelivery, dueAt: isInstant }),
  DeliveryAttemptFailed: shape({
    attempt: isCount,
    failure: isFailure,
    durationMs: isNumber,
    retryAt: nullOr(isInstant),
  }),
  DeliverySucceeded: shape({ attempt: isCount, statusCode: isNumber, durationMs: isNumber }),
  DeliveryExhausted: shape({ attempts: isCount }),
  DeliveryCancelled: shape({ reason: isCancellationReason }),
  RedeliveryRequested: shape({ dueAt: isInstant }),
  MessagePublished: shape({
    messageId: isString,
    tenantId: isString,
    event: isString,
    matched: arrayOf(shape({ webhookId: isString, deliveryId: isString })),
    skipped: arrayOf(shape({ webhookId: isString, reason: oneOf("inactive", "not-subscribed", "not-addressed") })),
  }),
  MessageAddressed: shape({ webhookId: isString, deliveryId: isString }),
  MessageErased: shape({}),
};

const byType = new Map<string, Guard<unknown>>(Object.entries(guards));

/** Reads an event back from storage. The error says what is wrong with the event; the reader adds where it stands. */
export function decodeEvent(type: string, data: unknown): Result<DomainEvent, string> {
  const event = { type, data };
  if (isDomainEvent(event)) return ok(event);
  return err(
    byType.has(type) ? `its data does not have the form of a ${type}` : `its type ${JSON.stringify(type)} is unknown`,
  );
}

function isDomainEvent(event: { type: string; data: unknown }): event is DomainEvent {
  const guard = byType.get(event.type);
  return guard !== undefined && guard(event.data);
}
