import type { ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { checkPaging, pageOf, type Page, type Paging } from "../page.ts";
import { toSummary, type WebhookSummary } from "./webhook.ts";

export interface AllWebhooksListing extends Paging {
  /** True by default, as in `list`. */
  readonly activeOnly?: boolean | undefined;
}

export const allListingNames: NamesOf<AllWebhooksListing> = { activeOnly: true, after: true, limit: true };

export type WebhookPage = Page<WebhookSummary>;

/**
 * Lists all tenants' webhooks in the order of their ids. It reads no secrets, so it answers even if they cannot be
 * read.
 */
export function listAllWebhooks(
  { storage }: Pick<Dependencies, "storage">,
  listing: AllWebhooksListing,
): ResultAsync<WebhookPage, StorageError | InvalidInput> {
  const { activeOnly = true } = listing;
  return checkFlag("activeOnly", activeOnly)
    .andThen(() => checkPaging(listing))
    .asyncAndThen((wanted) =>
      storage.webhooks.listAll({ activeOnly, ...wanted }).map((views) => {
        const page = pageOf(views, wanted, ({ webhookId }) => webhookId);
        // Only now is it known whether the webhook of a damaged row is active. The next page begins after it either
        // way.
        return { ...page, items: page.items.filter(({ active }) => active || !activeOnly).map(toSummary) };
      }),
    );
}
