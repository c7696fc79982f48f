import type { Result, ResultAsync } from "neverthrow";
import { attributionNames, type Attribution } from "./application/attribution.ts";
import { checkObject, checkText } from "./application/check-arguments.ts";
import type { Dependencies } from "./application/dependencies.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import { deleteWebhook, type DeleteError } from "./application/webhooks/delete-webhook.ts";
import {
  findWebhook,
  listForEvent,
  listingNames,
  listWebhooks,
  tenantNames,
  webhookHistory,
  type WebhookListing,
} from "./application/webhooks/find-webhooks.ts";
import {
  newWebhookNames,
  registerWebhook,
  type NewWebhook,
  type RegisterError,
} from "./application/webhooks/register-webhook.ts";
import {
  keyPairRotationNames,
  rotateKeyPair,
  rotateSecret,
  rotationNames,
  type KeyPairRotation,
  type RotateError,
  type RotateKeyPairError,
  type Rotation,
} from "./application/webhooks/rotate-secret.ts";
import {
  changeNames,
  updateWebhook,
  type UpdateError,
  type WebhookChanges,
} from "./application/webhooks/update-webhook.ts";
import { readHealth, type WebhookHealth } from "./application/webhooks/webhook-health.ts";
import type { Webhook } from "./application/webhooks/webhook.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { RecordedEvent } from "./domain/ledger/index.ts";
import type { EventCatalogue, EventTypeOf, SubscriptionOf, UnknownEventType } from "./domain/message/index.ts";
import type { WebhookEvent, WebhookNotFound } from "./domain/webhook/index.ts";
import type { ReadError } from "./ports/ledger-reader.ts";
import type { StorageError } from "./ports/storage-error.ts";

/** Registering, changing and looking up webhooks. */
export interface TenantWebhooks<Catalogue extends EventCatalogue> {
  /** `WebhookAlreadyExists` if the id is, or was, another's. */
  register(
    webhook: NewWebhook & { readonly events: readonly SubscriptionOf<Catalogue>[] },
  ): ResultAsync<Webhook, RegisterError>;
  get(webhookId: string): ResultAsync<Webhook | null, StorageError | InvalidInput>;
  /**
   * One tenant's, which without a `tenantId` is the default one, whatever others have. In the order of registration; only the active ones,
   * unless `activeOnly` is false. `StorageError`, `secrets`: those of one of them cannot be read, and the message names it.
   */
  list(listing?: WebhookListing): ResultAsync<readonly Webhook[], StorageError | InvalidInput>;
  /** The active webhooks that subscribe to `event`, as in `list`. */
  listForEvent(
    event: EventTypeOf<Catalogue>,
    listing?: Pick<WebhookListing, "tenantId">,
  ): ResultAsync<readonly Webhook[], StorageError | InvalidInput | UnknownEventType>;
  /**
   * Since when it fails, until when it is paused, when it would be deactivated, and how much waits for it: for a dashboard, or whoever
   * answers the question why nothing comes. It counts what is pending for it, as `deliveries.backlog` does. One that is not active answers
   * as well.
   */
  health(webhookId: string): ResultAsync<WebhookHealth, StorageError | InvalidInput | WebhookNotFound>;
  /** Changes what is given. Deactivating cancels the webhook's pending deliveries. */
  update(
    webhookId: string,
    changes: WebhookChanges & { readonly events?: readonly SubscriptionOf<Catalogue>[] | undefined },
  ): ResultAsync<Webhook, UpdateError>;
  /** Gives it a new secret, beside which the present one signs on for `overlapSeconds`, by default a day. */
  rotateSecret(webhookId: string, rotation?: Rotation): ResultAsync<Webhook, RotateError>;
  /** Gives it a new key pair for `v1a`, beside which the present one signs on; its first one, where it has none. */
  rotateKeyPair(webhookId: string, rotation?: KeyPairRotation): ResultAsync<Webhook, RotateKeyPairError>;
  /** Cancels its pending deliveries and forgets its secrets. False if there was no such webhook. */
  delete(webhookId: string, options?: Attribution): ResultAsync<boolean, DeleteError>;
  /** Its domain events, from `WebhookRegistered` on. */
  history(
    webhookId: string,
  ): ResultAsync<readonly RecordedEvent<WebhookEvent>[], ReadError | WebhookNotFound | InvalidInput>;
}

/** Gives the use cases of webhooks their public form. */
export function tenantWebhooksOf<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  { track }: OpenCalls,
): TenantWebhooks<Catalogue> {
  return {
    register: (webhook) =>
      checkObject("webhook", webhook, newWebhookNames).asyncAndThen((given) => track(registerWebhook(deps, given))),
    get: (webhookId) => checkWebhookId(webhookId).asyncAndThen((id) => track(findWebhook(deps, id))),
    list: (listing = {}) =>
      checkObject("listing", listing, listingNames).asyncAndThen((given) => track(listWebhooks(deps, given))),
    listForEvent: (event, listing = {}) =>
      checkText("event", event)
        .andThen(() => checkObject("listing", listing, tenantNames))
        .asyncAndThen((given) => track(listForEvent(deps, event, given))),
    health: (webhookId) => checkWebhookId(webhookId).asyncAndThen((id) => track(readHealth(deps, id))),
    update: (webhookId, changes) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("changes", changes, changeNames))
        .asyncAndThen((given) => track(updateWebhook(deps, webhookId, given))),
    rotateSecret: (webhookId, rotation = {}) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("rotation", rotation, rotationNames))
        .asyncAndThen((given) => track(rotateSecret(deps, webhookId, given))),
    rotateKeyPair: (webhookId, rotation = {}) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("rotation", rotation, keyPairRotationNames))
        .asyncAndThen((given) => track(rotateKeyPair(deps, webhookId, given))),
    delete: (webhookId, options = {}) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("options", options, attributionNames))
        .asyncAndThen((given) => track(deleteWebhook(deps, webhookId, given))),
    history: (webhookId) => checkWebhookId(webhookId).asyncAndThen((id) => track(webhookHistory(deps, id))),
  };
}

function checkWebhookId(webhookId: string): Result<string, InvalidInput> {
  return checkText("webhookId", webhookId);
}
