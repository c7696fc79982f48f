import { errAsync, okAsync, ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { checkEventType, fanOut, type UnknownEventType } from "../../domain/message/index.ts";
import type { RecordedEvent, WebhookView } from "../../domain/ledger/index.ts";
import { checkTenantId, webhookNotFound, type WebhookEvent, type WebhookNotFound } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";
import { webhookAggregate, withSecrets, type Webhook } from "./webhook.ts";

type Reads = Pick<Dependencies, "storage" | "clock">;

export function findWebhook(deps: Reads, webhookId: string): ResultAsync<Webhook | null, StorageError> {
  return deps.storage.webhooks
    .get(webhookId)
    .andThen((view): ResultAsync<Webhook | null, StorageError> =>
      view === null ? okAsync(null) : withSecrets(deps, view),
    );
}

/** Its row alone: what is in it can be changed where its secrets cannot be read. */
export function requireView(
  { storage }: Pick<Dependencies, "storage">,
  webhookId: string,
): ResultAsync<WebhookView, StorageError | WebhookNotFound> {
  return storage.webhooks
    .get(webhookId)
    .andThen((view) => (view === null ? errAsync(webhookNotFound(webhookId)) : okAsync(view)));
}

/** As it is after a change. Where its secrets cannot be read, the error says that the change was made. */
export function changedWebhook(deps: Reads, webhookId: string): ResultAsync<Webhook, StorageError | WebhookNotFound> {
  return findWebhook(deps, webhookId)
    .mapErr((error) => ({ ...error, message: `the change was made, but cannot be read back: ${error.message}` }))
    .andThen((webhook) => (webhook === null ? errAsync(webhookNotFound(webhookId)) : okAsync(webhook)));
}

export interface WebhookListing {
  /** True by default, as in the seed's `list_all`. */
  readonly activeOnly?: boolean | undefined;
  /** The default tenant's, if not given. */
  readonly tenantId?: string | undefined;
}

/** In the order of their registration. */
export function listWebhooks(
  deps: Reads,
  { activeOnly = true, tenantId = "" }: WebhookListing = {},
): ResultAsync<readonly Webhook[], StorageError | InvalidInput> {
  return checkFlag("activeOnly", activeOnly)
    .andThen(() => checkTenantId(tenantId))
    .asyncAndThen((tenant) => deps.storage.webhooks.list(tenant))
    .andThen((views) =>
      ResultAsync.combine(views.filter(({ active }) => active || !activeOnly).map((view) => withSecrets(deps, view))),
    )
    .map((webhooks) => webhooks.filter((webhook) => webhook !== null));
}

/** The tenant's active webhooks that subscribe to `event`: the seed's `list_for_event`. */
export function listForEvent(
  deps: Reads & Pick<Dependencies, "catalogue">,
  event: string,
  { tenantId }: Pick<WebhookListing, "tenantId"> = {},
): ResultAsync<readonly Webhook[], StorageError | InvalidInput | UnknownEventType> {
  return checkEventType(event, deps.catalogue)
    .asyncAndThen(() => listWebhooks(deps, { tenantId }))
    .map((webhooks) => fanOut(event, webhooks).matched);
}

/** All that happened to a webhook, from its registration on; a deleted one's too. */
export function webhookHistory(
  deps: Reads,
  webhookId: string,
): ResultAsync<readonly RecordedEvent<WebhookEvent>[], ReadError | WebhookNotFound> {
  return load(deps, webhookAggregate, webhookId).andThen(({ events }) =>
    events.length === 0 ? errAsync(webhookNotFound(webhookId)) : okAsync(events),
  );
}
