// `hookledger/domain`: the decisions, without anything that stores or sends. Pure: time, ids and randomness come in the
// commands.

export { byCodePoint } from "./by-code-point.ts";
export { decideAll, replay, type Decider } from "./decider.ts";
export type {
  AttemptFailure,
  CancellationReason,
  DeliveryCommand,
  DeliveryEvent,
  DeliveryRefusal,
  DeliveryState,
  DeliveryStatus,
  EndedStatus,
  PendingDelivery,
} from "./delivery/index.ts";
export { deliveryDecider, shareOut, type Dealt, type Place } from "./delivery/index.ts";
export { fromIso, toIso, type EpochMs, type IsoInstant } from "./instant.ts";
export { invalidInput, type InvalidInput } from "./invalid-input.ts";
export {
  belongsIn,
  decodeEvent,
  deliveryState,
  deliveryView,
  isDeliveryEvent,
  isMessageEvent,
  isWebhookEvent,
  nextDeliveryView,
  streamId,
  webhookView,
  type DeliveryView,
  type DomainEvent,
  type EventMetadata,
  type RecordedAs,
  type RecordedEvent,
  type StreamCategory,
  type WebhookView,
} from "./ledger/index.ts";
export {
  canonicalJson,
  fanOut,
  recipientsOf,
  type Addressed,
  type FanOut,
  type MessagePublished,
  type NotJson,
} from "./message/index.ts";
export {
  deactivatesAt,
  DEFAULT_RETRY_CONFIG,
  isFailing,
  isGone,
  isOverloaded,
  nextAttempt,
  parseRetryAfter,
  parseRetryConfig,
  pauseSeconds,
  retryDelay,
  standardWebhooksSchedule,
  type FailedResponse,
  type NextAttempt,
  type RetryConfig,
} from "./retry/index.ts";
export type {
  DeactivationReason,
  HeaderReference,
  WebhookCommand,
  WebhookEvent,
  WebhookRefusal,
  WebhookState,
} from "./webhook/index.ts";
export { matchesEvent, webhookDecider } from "./webhook/index.ts";
