import { err, ok, ResultAsync, safeTry, type Result } from "neverthrow";
import type { DeliveryStatus } from "../../domain/delivery/index.ts";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { checkId } from "../../domain/webhook/index.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { DeliveryFilter } from "../../ports/delivery-read-model.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkFlag, checkLimit, checkOptionalText } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { resolveTenantIfAny } from "../tenant.ts";
import { toDelivery, type Delivery } from "./delivery.ts";

type Reads = Pick<Dependencies, "storage">;

export interface DeliveryListing {
  readonly webhookId?: string | undefined;
  readonly messageId?: string | undefined;
  /** Those of this tenant; without `webhookId` and `messageId`, those to its webhooks that are not deleted. All tenants', if not given. */
  readonly tenantId?: string | undefined;
  readonly state?: DeliveryStatus | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** The other way round: what was scheduled last comes first. */
  readonly newestFirst?: boolean | undefined;
  /** At most this many, 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
}

export const listingNames: NamesOf<DeliveryListing> = {
  webhookId: true,
  messageId: true,
  tenantId: true,
  state: true,
  after: true,
  newestFirst: true,
  limit: true,
};

export interface DeliveryPage {
  readonly items: readonly Delivery[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

const DEFAULT_LIMIT = 100;
const states: readonly string[] = ["pending", "delivered", "exhausted", "cancelled"] satisfies DeliveryStatus[];

/** In the order of their scheduling, or the other way round. */
export function listDeliveries(
  deps: Reads & Pick<Dependencies, "tenantId">,
  listing: DeliveryListing = {},
): ResultAsync<DeliveryPage, StorageError | InvalidInput> {
  return safeTry(async function* () {
    const { storage } = deps;
    const { webhookId, messageId, state, after, newestFirst = false, limit: most = DEFAULT_LIMIT } = listing;
    yield* checkFilter(listing);
    const tenantId = yield* resolveTenantIfAny(deps, listing.tenantId);
    const limit = yield* checkLimit(most);
    const filter: DeliveryFilter = {
      // One more than asked for tells whether there is another page.
      limit: limit + 1,
      newestFirst: yield* checkFlag("newestFirst", newestFirst),
      ...(state !== undefined && { state }),
      ...(webhookId !== undefined && { webhookId }),
      ...(messageId !== undefined && { messageId }),
      ...(after !== undefined && { after }),
    };
    const views = yield* tenantId === undefined ? storage.deliveries.list(filter) : ofTenant(storage, tenantId, filter);
    const items = views.slice(0, limit).map(toDelivery);
    const last = items.at(-1);
    return ok(views.length > limit && last !== undefined ? { items, next: last.deliveryId } : { items });
  });
}

/** One query for each of the tenant's webhooks: an index by tenant is what each publish would pay for. */
function ofTenant(
  { webhooks, deliveries }: Reads["storage"],
  tenantId: string,
  filter: DeliveryFilter,
): ResultAsync<readonly DeliveryView[], StorageError> {
  const { webhookId, messageId, newestFirst, limit } = filter;
  if (webhookId !== undefined || messageId !== undefined) {
    return deliveries.list(filter).map((views) => views.filter((view) => view.tenantId === tenantId));
  }
  const sign = newestFirst === true ? -1 : 1;
  return webhooks
    .list(tenantId)
    .andThen((own) =>
      ResultAsync.combine(own.map((webhook) => deliveries.list({ ...filter, webhookId: webhook.webhookId }))),
    )
    .map((pages) =>
      pages
        .flat()
        .sort((one, other) => (one.deliveryId < other.deliveryId ? -sign : sign))
        .slice(0, limit),
    );
}

function checkFilter(listing: DeliveryListing): Result<unknown, InvalidInput> {
  // An empty cursor, as of a request's `?after=`, would be no page at all where the newest come first.
  return checkState(listing.state)
    .andThen(() => checkOptionalText("webhookId", listing.webhookId))
    .andThen(() => checkOptionalText("messageId", listing.messageId))
    .andThen(() => (listing.after === undefined ? ok() : checkId("after", listing.after)));
}

function checkState(state: unknown): Result<void, InvalidInput> {
  return state === undefined || (typeof state === "string" && states.includes(state))
    ? ok()
    : err(invalidInput("state", `must be one of ${states.join(", ")}`, state));
}
