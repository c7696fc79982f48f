import { ok, safeTry, type Result, type ResultAsync } from "neverthrow";
import type { DeliveryStatus } from "../../domain/delivery/index.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { DeliveryFilter } from "../../ports/delivery-read-model.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { checkChoice, checkChoices, checkFlag, checkOptionalText } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { checkPaging, pageOf, type Page, type Paging } from "../page.ts";
import { resolveTenantIfAny } from "../tenant.ts";
import { toDelivery, type Delivery } from "./delivery.ts";

type Reads = Pick<Dependencies, "storage">;

export interface DeliveryListing extends Paging {
  readonly webhookId?: string | undefined;
  readonly messageId?: string | undefined;
  /**
   * Only this tenant's deliveries; all tenants', if not given. Without `webhookId` and `messageId`, a tenant's
   * deliveries are those to its webhooks that are not deleted.
   */
  readonly tenantId?: string | undefined;
  /** Only deliveries in this state, or in one of these. */
  readonly state?: DeliveryStatus | readonly DeliveryStatus[] | undefined;
  /** Reverses the order: what was scheduled last comes first. */
  readonly newestFirst?: boolean | undefined;
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

export type DeliveryPage = Page<Delivery>;

const everyState: readonly DeliveryStatus[] = ["pending", "delivered", "exhausted", "cancelled"];

/** Lists deliveries in the order of their scheduling, or newest first. */
export function listDeliveries(
  deps: Reads & Pick<Dependencies, "tenantId">,
  listing: DeliveryListing,
): ResultAsync<DeliveryPage, StorageError | InvalidInput> {
  return safeTry(async function* () {
    const { storage } = deps;
    const { state, newestFirst = false } = listing;
    const states = state === undefined ? undefined : yield* checkStates(state);
    const webhookId = yield* checkOptionalText("webhookId", listing.webhookId);
    const messageId = yield* checkOptionalText("messageId", listing.messageId);
    const tenantId = yield* resolveTenantIfAny(deps, listing.tenantId);
    const filter: DeliveryFilter = {
      ...(yield* checkPaging(listing)),
      newestFirst: yield* checkFlag("newestFirst", newestFirst),
      // All of them are no filter: the storage seeks each by itself.
      ...(states !== undefined && !everyState.every((one) => states.includes(one)) && { states }),
      ...(webhookId !== undefined && { webhookIds: [webhookId] }),
      ...(messageId !== undefined && { messageId }),
    };
    const views = yield* tenantId === undefined ? storage.deliveries.list(filter) : ofTenant(storage, tenantId, filter);
    const page = pageOf(views, filter, ({ deliveryId }) => deliveryId);
    return ok({ ...page, items: page.items.map(toDelivery) });
  });
}

/** Lists by webhook: every publish would pay for an index by tenant. */
function ofTenant(
  { webhooks, deliveries }: Reads["storage"],
  tenantId: string,
  filter: DeliveryFilter,
): ResultAsync<readonly DeliveryView[], StorageError> {
  if (filter.webhookIds !== undefined || filter.messageId !== undefined) {
    return deliveries.list(filter).map((views) => views.filter((view) => view.tenantId === tenantId));
  }
  return webhooks
    .list(tenantId)
    .andThen((own) => deliveries.list({ ...filter, webhookIds: own.map(({ webhookId }) => webhookId) }));
}

function checkStates(state: unknown): Result<readonly DeliveryStatus[], InvalidInput> {
  return Array.isArray(state)
    ? checkChoices("state", state, everyState)
    : checkChoice("state", state, everyState).map((one) => [one]);
}
