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

/** All tenants', in the order of their ids. It asks for nothing that is secret, so that nothing of that kind can keep it from an answer. */
export function listAllWebhooks(
  { storage }: Pick<Dependencies, "storage">,
  listing: AllWebhooksListing = {},
): ResultAsync<WebhookPage, StorageError | InvalidInput> {
  const { activeOnly = true } = listing;
  return checkFlag("activeOnly", activeOnly)
    .andThen(() => checkPaging(listing))
    .asyncAndThen((wanted) =>
      storage.webhooks.listAll({ activeOnly, ...wanted }).map((views) => {
        const page = pageOf(views, wanted, ({ webhookId }) => webhookId);
        // Where a row is damaged, whether it is active is known only now. The next page begins after it all the same.
        return { ...page, items: page.items.filter(({ active }) => active || !activeOnly).map(toSummary) };
      }),
    );
}
