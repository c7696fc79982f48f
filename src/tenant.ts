import type { Dependencies } from "./application/dependencies.ts";
import type { OpenCalls } from "./application/open-calls.ts";
import { storageOfTenant } from "./application/storage-of-tenant.ts";
import { deliveriesOf } from "./deliveries.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import { checkTenantId } from "./domain/webhook/index.ts";
import type { Tenant } from "./hookledger.ts";
import { messagesOf } from "./messages.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { Storage } from "./ports/storage.ts";
import { publishingOf } from "./publishing.ts";
import { tenantWebhooksOf } from "./tenant-webhooks.ts";

/**
 * The same use cases, restricted to one tenant's data. A wrong id throws, as there is no `Result` to carry the error.
 */
export function tenantOf<Catalogue extends EventCatalogue, Transaction, Joined extends JoinedTransaction>(
  { storage, ...rest }: Dependencies,
  openCalls: OpenCalls,
  join: Storage<Transaction, Joined>["join"],
  given: string,
): Tenant<Catalogue, Transaction, Joined> {
  const checked = checkTenantId(given);
  if (checked.isErr()) throw new TypeError(checked.error.message);
  const tenantId = checked.value;
  const deps: Dependencies = { ...rest, tenantId, storage: storageOfTenant(storage, tenantId) };
  return {
    ...publishingOf<Catalogue, Transaction, Joined>(deps, openCalls, join),
    webhooks: tenantWebhooksOf<Catalogue>(deps, openCalls),
    deliveries: deliveriesOf(deps, openCalls),
    messages: messagesOf(deps, openCalls),
  };
}
