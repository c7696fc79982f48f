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
import { webhookTestsOf, type WebhookTests } from "./webhook-tests.ts";

/** Registers, changes and looks up webhooks. */
export interface TenantWebhooks<Catalogue extends EventCatalogue> extends WebhookTests<Catalogue> {
  /**
   * Registers a webhook. `WebhookAlreadyExists` if the id is, or was, another's. `InvalidInput`, `UnknownEventType` and
   * `ForbiddenAddress` name the setting that they refuse. `SigningFailed` if the application's own signer cannot tell
   * the public key.
   */
  register(
    webhook: NewWebhook & { readonly events: readonly SubscriptionOf<Catalogue>[] },
  ): ResultAsync<Webhook, RegisterError>;
  /** Returns the webhook; null if there is none. `StorageError` `secrets` if its secrets cannot be read. */
  get(webhookId: string): ResultAsync<Webhook | null, StorageError | InvalidInput>;
  /**
   * Lists one tenant's webhooks in the order of registration; without a `tenantId` the default tenant's, whatever other
   * tenants have. Only the active ones, unless `activeOnly` is false. `StorageError` `secrets` if the secrets of one of
   * them cannot be read; the message names the webhook.
   */
  list(listing?: WebhookListing): ResultAsync<readonly Webhook[], StorageError | InvalidInput>;
  /**
   * Lists the active webhooks that subscribe to `event`, as `list` does. `UnknownEventType` if there is no such type.
   */
  listForEvent(
    event: EventTypeOf<Catalogue>,
    listing?: Pick<WebhookListing, "tenantId">,
  ): ResultAsync<readonly Webhook[], StorageError | InvalidInput | UnknownEventType>;
  /**
   * Tells since when the webhook fails, until when it is paused, when it would be deactivated, and how much is pending
   * for it: for a dashboard, or to find out why nothing arrives. Inactive webhooks have an answer too. Counts what is
   * pending, as `deliveries.backlog` does. `WebhookNotFound` if there is no such webhook.
   */
  health(webhookId: string): ResultAsync<WebhookHealth, StorageError | InvalidInput | WebhookNotFound>;
  /**
   * Changes what is given. Deactivating cancels the webhook's pending deliveries; pausing lets them wait.
   * `WebhookNotFound` if there is no such webhook; a setting is refused as by `register`. `VersionConflict` if others
   * changed it during each of ten tries.
   */
  update(
    webhookId: string,
    changes: WebhookChanges & { readonly events?: readonly SubscriptionOf<Catalogue>[] | undefined },
  ): ResultAsync<Webhook, UpdateError>;
  /**
   * Gives the webhook a new secret. The present one goes on signing beside it for `overlapSeconds`, by default a day.
   * `WebhookNotFound` and `VersionConflict` as by `update`.
   */
  rotateSecret(webhookId: string, rotation?: Rotation): ResultAsync<Webhook, RotateError>;
  /**
   * Gives the webhook a new key pair for `v1a`, or its first one. The present one, if any, goes on signing beside it,
   * as by `rotateSecret`. Also `SigningFailed` if the application's own signer cannot tell the public key.
   */
  rotateKeyPair(webhookId: string, rotation?: KeyPairRotation): ResultAsync<Webhook, RotateKeyPairError>;
  /**
   * Deletes the webhook: cancels its pending deliveries and forgets its secrets. False if there was no such webhook.
   * `VersionConflict` as by `update`.
   */
  delete(webhookId: string, options?: Attribution): ResultAsync<boolean, DeleteError>;
  /**
   * Returns the webhook's domain events, from `WebhookRegistered` on, also of one that was deleted. `WebhookNotFound`
   * if there never was one; `DamagedEvent` if they cannot be read.
   */
  history(
    webhookId: string,
  ): ResultAsync<readonly RecordedEvent<WebhookEvent>[], ReadError | WebhookNotFound | InvalidInput>;
}

/** Gives the use cases of webhooks their public form. */
export function tenantWebhooksOf<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  openCalls: OpenCalls,
): TenantWebhooks<Catalogue> {
  const { track } = openCalls;
  return {
    ...webhookTestsOf<Catalogue>(deps, openCalls),
    register: (webhook) =>
      checkObject("webhook", webhook, newWebhookNames).asyncAndThen((given) => track(registerWebhook(deps, given))),
    get: (webhookId) => checkWebhookId(webhookId).asyncAndThen((id) => track(findWebhook(deps, id))),
    list: (listing = {}) =>
      checkObject("listing", listing, listingNames).asyncAndThen((given) => track(listWebhooks(deps, given))),
    listForEvent: (event, listing = {}) =>
      checkObject("listing", listing, tenantNames).asyncAndThen((given) => track(listForEvent(deps, event, given))),
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
