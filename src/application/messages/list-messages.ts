import { ok, safeTry, type ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import { checkName } from "../../domain/webhook/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { checkPaging, pageOf, type Page, type Paging } from "../page.ts";
import { resolveTenant } from "../tenant.ts";
import { toSummary, type MessageSummary } from "./find-message.ts";

export interface MessageListing extends Paging {
  /** Only messages that were published with this subject, and are not erased. */
  readonly subject: string;
  /** The tenant whose messages they are; the default one, if not given. */
  readonly tenantId?: string | undefined;
  /** Reverses the order: what was published last comes first. */
  readonly newestFirst?: boolean | undefined;
}

export const messageListingNames: NamesOf<MessageListing> = {
  subject: true,
  tenantId: true,
  after: true,
  newestFirst: true,
  limit: true,
};

export type MessagePage = Page<MessageSummary>;

/** Lists a tenant's messages about a subject in the order of publishing, or newest first. */
export function listMessages(
  deps: Pick<Dependencies, "storage" | "tenantId">,
  listing: MessageListing,
): ResultAsync<MessagePage, StorageError | InvalidInput> {
  return safeTry(async function* () {
    const { newestFirst = false } = listing;
    const filter = {
      subject: yield* checkName("subject", listing.subject),
      tenantId: yield* resolveTenant(deps, listing.tenantId),
      newestFirst: yield* checkFlag("newestFirst", newestFirst),
      ...(yield* checkPaging(listing)),
    };
    const page = pageOf(yield* deps.storage.messages.aboutSubject(filter), filter, ({ messageId }) => messageId);
    return ok({ ...page, items: page.items.map(toSummary) });
  });
}
