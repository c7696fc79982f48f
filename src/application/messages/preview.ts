import type { ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { recipientsOf, type MessagePublished, type UnknownEventType } from "../../domain/message/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { PlanError } from "./plan-publication.ts";
import { checkMessage, type NewMessage } from "./prepare-message.ts";

export interface Preview {
  readonly matched: readonly { readonly webhookId: string; readonly url: string }[];
  readonly skipped: MessagePublished["data"]["skipped"];
}

export type PreviewError = InvalidInput | UnknownEventType | PlanError | StorageError;

/** Tells which webhooks would receive such a message now, and which would not, with the reason. Writes nothing. */
export function preview(
  deps: Pick<Dependencies, "storage" | "catalogue" | "tenantId">,
  { event, tenantId, webhookId }: Pick<NewMessage, "event" | "tenantId" | "webhookId">,
): ResultAsync<Preview, PreviewError> {
  return checkMessage(deps, { event, tenantId, webhookId })
    .asyncAndThen((tenant) => deps.storage.webhooks.list(tenant))
    .andThen((webhooks) => recipientsOf({ event, webhookId }, webhooks))
    .map(({ matched, skipped }) => ({
      matched: matched.map(({ webhookId: id, url }) => ({ webhookId: id, url })),
      skipped: skipped.map(({ webhook, reason }) => ({ webhookId: webhook.webhookId, reason })),
    }));
}
