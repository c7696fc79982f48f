export { buildPayload, type BuildPayloadParts } from "./build-payload.ts";
export { copyLedger, type LedgerCopy, type LedgerCopyError } from "./copy-ledger.ts";
export { openHookledger, type OpenError } from "./open-hookledger.ts";
export type { Deliveries } from "./deliveries.ts";
export type { HookledgerError } from "./hookledger-error.ts";
export type { Hookledger, Message, Tenant, TransactionPublisher } from "./hookledger.ts";
export type { JoinedAs, PublishingIn } from "./joined-as.ts";
export type { Ledger } from "./ledger.ts";
export type { Messages } from "./messages.ts";
export type { TenantWebhooks } from "./tenant-webhooks.ts";
export type { TestMessage, WebhookTests } from "./webhook-tests.ts";
export type { Webhooks } from "./webhooks.ts";
export type { GivenWebhookDefaults } from "./webhook-defaults.ts";
export type { HookledgerOptions } from "./options.ts";
export type { NetworkOptions } from "./adapters/network/network-policy.ts";
export { aesGcmCipher, type AesGcmKeys } from "./adapters/cipher/index.ts";

export {
  canonicalJson,
  defineEvents,
  parseSubscriptions,
  parseWebhookEventType,
  WebhookEventType,
  type EventCatalogue,
  type EventTypeOf,
  type MessageAddressed,
  type MessageErased,
  type MessageNotFound,
  type MessagePublished,
  type NotJson,
  type PayloadErased,
  type PayloadOf,
  type PayloadTooLarge,
  type SkipReason,
  type SubscriptionOf,
  type UnknownEventType,
  type WebhookPayload,
} from "./domain/message/index.ts";
export {
  DEFAULT_DEACTIVATE_AFTER_SECONDS,
  DEFAULT_MAX_RETRY_AFTER_SECONDS,
  DEFAULT_RETRY_CONFIG,
  LONGEST_DELAY_SECONDS,
  LONGEST_SCHEDULE,
  parseRetryConfig,
  retryDelay,
  standardWebhooksSchedule,
  type RetryConfig,
} from "./domain/retry/index.ts";
export { signPayload, verifyPayload, type SigningScheme } from "./domain/signing/index.ts";
export {
  matchesEvent,
  type DeactivationReason,
  type WebhookHeaders,
  type WebhookAlreadyExists,
  type WebhookConfig,
  type WebhookEvent,
  type WebhookInactive,
  type WebhookNotFound,
} from "./domain/webhook/index.ts";
export type {
  AttemptFailure,
  CancellationReason,
  DeliveryAlreadyDelivered,
  DeliveryEvent,
  DeliveryNotFound,
  DeliveryStatus,
  EndedStatus,
} from "./domain/delivery/index.ts";
export type { DomainEvent, RecordedAs, RecordedEvent } from "./domain/ledger/index.ts";
export type { InvalidInput } from "./domain/invalid-input.ts";

export type { Attribution } from "./application/attribution.ts";
export type { AttemptError } from "./application/deliveries/attempt-delivery.ts";
export type { Backlog } from "./application/deliveries/backlog.ts";
export type { CancelError, RedeliverError } from "./application/deliveries/by-hand.ts";
export type { Delivery } from "./application/deliveries/delivery.ts";
export type { Attempt } from "./application/deliveries/attempts.ts";
export type { DeliveryListing, DeliveryPage } from "./application/deliveries/list-deliveries.ts";
export type { ReplayError } from "./application/deliveries/replay.ts";
export type {
  ReplayFilter,
  ReplayOptions,
  ReplayProgress,
  ReplayState,
} from "./application/deliveries/replay-input.ts";
export type { Limits } from "./application/dependencies.ts";
export type { RequestSettings } from "./application/deliveries/request-settings.ts";
export type { StopOptions, WorkerOptions } from "./application/deliveries/worker-options.ts";
export type { StopError, Worker } from "./application/deliveries/worker.ts";
export type { CopyDiffers } from "./application/transfer/compare-ledgers.ts";
export type { Copied } from "./application/transfer/copy-ledger.ts";
export type { Follower, FollowError } from "./application/ledger/follow.ts";
export type { Following } from "./application/ledger/following.ts";
export type { Pruned, PruneError, PruneOptions, Pruning } from "./application/ledger/prune.ts";
export type { DispatchError, DispatchMode, DispatchOptions } from "./application/messages/dispatch.ts";
export type { DispatchResult } from "./application/messages/dispatch-result.ts";
export type { IdempotencyKeyReused } from "./application/messages/earlier-publication.ts";
export type { EraseError, Erased, Erasure } from "./application/messages/erase.ts";
export type { MessageSummary, PublishedMessage } from "./application/messages/find-message.ts";
export type { MessageListing, MessagePage } from "./application/messages/list-messages.ts";
export type { InvalidPayload, PayloadIssue } from "./application/messages/fit-payload.ts";
export type { Preview, PreviewError } from "./application/messages/preview.ts";
export type { Publication } from "./application/messages/publication.ts";
export type { ResendError, Resending } from "./application/messages/resend.ts";
export type { PublishError } from "./application/messages/publish.ts";
export type { PublishManyError } from "./application/messages/publish-many.ts";
export type { Page, Paging } from "./application/page.ts";
export type { DeleteError } from "./application/webhooks/delete-webhook.ts";
export type { WebhookListing } from "./application/webhooks/find-webhooks.ts";
export type { AllWebhooksListing, WebhookPage } from "./application/webhooks/list-all-webhooks.ts";
export type { KemiImport, KemiSource } from "./application/webhooks/import-from-kemi.ts";
export type { NewWebhook, RegisterError } from "./application/webhooks/register-webhook.ts";
export type {
  KeyPairRotation,
  RotateError,
  RotateKeyPairError,
  Rotation,
} from "./application/webhooks/rotate-secret.ts";
export type { ReEncrypted, ReEncryptError, ReEncryptOptions } from "./application/secrets/re-encrypt.ts";
export type { SendTestError, TestResult } from "./application/webhooks/send-test.ts";
export type { UpdateError, WebhookChanges } from "./application/webhooks/update-webhook.ts";
export type { Webhook, WebhookSummary } from "./application/webhooks/webhook.ts";
export type { WebhookHealth } from "./application/webhooks/webhook-health.ts";
export type { WebhookSettings } from "./application/webhooks/webhook-input.ts";

export type { Clock } from "./ports/clock.ts";
export type { HttpClientAdapter, HttpContext } from "./ports/http-client.ts";
export type { Ids } from "./ports/ids.ts";
export type { DamagedEvent, LedgerPage, ReadError } from "./ports/ledger-reader.ts";
export type { AppendError, VersionConflict } from "./ports/ledger-writer.ts";
export type { LogFacts, Logger } from "./ports/logger.ts";
export type { JoinedTransaction, OpenTransaction, RemoteTransaction } from "./ports/open-transaction.ts";
export type { Endpoint, ForbiddenAddress, NetworkPolicy } from "./ports/network-policy.ts";
export type { Difference, Verification } from "./ports/projections.ts";
export type { Random } from "./ports/random.ts";
export type { CipherFailed, EncryptedValue, SecretCipher, SecretPlace } from "./ports/secret-cipher.ts";
export type { SecretKind } from "./ports/secret-store.ts";
export type { Sign, Signer, SigningFailed, SigningKey } from "./ports/signer.ts";
export type { StorageAdapter } from "./ports/storage.ts";
export type { StorageError, StorageErrorReason } from "./ports/storage-error.ts";
