import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import { checkEventType, type UnknownEventType } from "../../domain/message/index.ts";
import type { RecordedEvent, WebhookView } from "../../domain/ledger/index.ts";
import {
  matchesEvent,
  webhookInactive,
  webhookNotFound,
  type WebhookEvent,
  type WebhookInactive,
  type WebhookNotFound,
} from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";
import { resolveTenant } from "../tenant.ts";
import { webhookAggregate, withAllSecrets, withSecrets, type Webhook } from "./webhook.ts";

type Reads = Pick<Dependencies, "storage" | "clock">;

export function findWebhook(deps: Reads, webhookId: string): ResultAsync<Webhook | null, StorageError> {
  return deps.storage.webhooks
    .get(webhookId)
    .andThen((view): ResultAsync<Webhook | null, StorageError> =>
      view === null ? okAsync(null) : withSecrets(deps, view),
    );
}

/** Finds a webhook's row alone. Its settings can be changed even if its secrets cannot be read. */
export function requireView(
  { storage }: Pick<Dependencies, "storage">,
  webhookId: string,
): ResultAsync<WebhookView, StorageError | WebhookNotFound> {
  return storage.webhooks
    .get(webhookId)
    .andThen((view) => (view === null ? errAsync(webhookNotFound(webhookId)) : okAsync(view)));
}

/** Finds the row of an active webhook, to send something to; of the tenant, if one is given. */
export function requireActive(
  deps: Pick<Dependencies, "storage">,
  webhookId: string,
  tenantId?: string,
): ResultAsync<WebhookView, StorageError | WebhookNotFound | WebhookInactive> {
  return requireView(deps, webhookId).andThen((view) => {
    if (tenantId !== undefined && view.tenantId !== tenantId) return errAsync(webhookNotFound(webhookId));
    return view.active ? okAsync(view) : errAsync(webhookInactive(webhookId));
  });
}

/** Reads a webhook after a change. If its secrets cannot be read, the error says that the change was made. */
export function changedWebhook(deps: Reads, webhookId: string): ResultAsync<Webhook, StorageError | WebhookNotFound> {
  return findWebhook(deps, webhookId)
    .mapErr((error) => ({ ...error, message: `the change was made, but cannot be read back: ${error.message}` }))
    .andThen((webhook) => (webhook === null ? errAsync(webhookNotFound(webhookId)) : okAsync(webhook)));
}

export interface WebhookListing {
  /** True by default, as in kemi's `list_all`. */
  readonly activeOnly?: boolean | undefined;
  /** The default tenant's, if not given. */
  readonly tenantId?: string | undefined;
}

export const listingNames: NamesOf<WebhookListing> = { activeOnly: true, tenantId: true };
export const tenantNames: NamesOf<Pick<WebhookListing, "tenantId">> = { tenantId: true };

/** Lists webhooks in the order of their registration. */
export function listWebhooks(
  deps: Reads & Pick<Dependencies, "tenantId">,
  { activeOnly = true, tenantId }: WebhookListing,
): ResultAsync<readonly Webhook[], StorageError | InvalidInput> {
  return checkFlag("activeOnly", activeOnly)
    .andThen(() => resolveTenant(deps, tenantId))
    .asyncAndThen((tenant) => listWanted(deps, tenant, ({ active }) => active || !activeOnly));
}

/** Lists the tenant's active webhooks that subscribe to `event`: kemi's `list_for_event`. */
export function listForEvent(
  deps: Reads & Pick<Dependencies, "catalogue" | "tenantId">,
  event: string,
  { tenantId }: Pick<WebhookListing, "tenantId">,
): ResultAsync<readonly Webhook[], StorageError | InvalidInput | UnknownEventType> {
  return checkEventType(event, deps.catalogue)
    .andThen(() => resolveTenant(deps, tenantId))
    .asyncAndThen((tenant) => listWanted(deps, tenant, (webhook) => matchesEvent(webhook, event)));
}

function listWanted(
  deps: Reads,
  tenantId: string,
  isWanted: (webhook: Pick<WebhookView, "active" | "events">) => boolean,
): ResultAsync<readonly Webhook[], StorageError> {
  return (
    deps.storage.webhooks
      .list(tenantId)
      .andThen((views) => withAllSecrets(deps, views.filter(isWanted)))
      // A webhook may have been changed before its secrets were read: select again by what it has become.
      .map((webhooks) => webhooks.filter(isWanted))
  );
}

/** Reads all that happened to a webhook, from its registration on; also to a deleted one. */
export function webhookHistory(
  deps: Reads,
  webhookId: string,
): ResultAsync<readonly RecordedEvent<WebhookEvent>[], ReadError | WebhookNotFound> {
  return load(deps, webhookAggregate, webhookId).andThen(({ events }) =>
    events.length === 0 ? errAsync(webhookNotFound(webhookId)) : okAsync(events),
  );
}
