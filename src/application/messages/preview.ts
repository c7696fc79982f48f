import type { ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import { checkEventType, fanOut, type MessagePublished, type UnknownEventType } from "../../domain/message/index.ts";
import { checkTenantId } from "../../domain/webhook/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";

export interface Preview {
  readonly matched: readonly { readonly webhookId: string; readonly url: string }[];
  readonly skipped: MessagePublished["data"]["skipped"];
}

/** Who would receive such a message now, and who would not, with the reason. Writes nothing. */
export function preview(
  { storage, catalogue }: Pick<Dependencies, "storage" | "catalogue">,
  { event, tenantId = "" }: { readonly event: string; readonly tenantId?: string | undefined },
): ResultAsync<Preview, InvalidInput | UnknownEventType | StorageError> {
  return checkEventType(event, catalogue)
    .andThen(() => checkTenantId(tenantId))
    .asyncAndThen((tenant) => storage.webhooks.list(tenant))
    .map((webhooks) => {
      const { matched, skipped } = fanOut(event, webhooks);
      return {
        matched: matched.map(({ webhookId, url }) => ({ webhookId, url })),
        skipped: skipped.map(({ webhook, reason }) => ({ webhookId: webhook.webhookId, reason })),
      };
    });
}
