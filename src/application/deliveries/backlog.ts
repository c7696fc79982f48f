import type { ResultAsync } from "neverthrow";
import { toIso, type IsoInstant } from "../../domain/instant.ts";
import type { QueueBacklog } from "../../ports/delivery-queue.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";

/** How much there is to send, and how far the sending is behind. */
export interface Backlog {
  /**
   * How many deliveries are pending: those that are due, those under way, and those whose next attempt is still to
   * come.
   */
  readonly pending: number;
  /**
   * When the delivery that has waited longest fell due, among those that could be sent now: due, not under way, and to
   * a webhook that neither a pause nor its rate limit holds back. Null if there is none. A retry that is still to come
   * has not fallen due.
   */
  readonly dueSince: IsoInstant | null;
}

type Reads = Pick<Dependencies, "storage" | "tenantId" | "clock">;

export function readBacklog({ storage, tenantId, clock }: Reads): ResultAsync<Backlog, StorageError> {
  const backlog =
    tenantId === null ? storage.queue.backlog(clock.now()) : backlogOfTenant({ storage, clock }, tenantId);
  return backlog.map(shownBacklog);
}

export function shownBacklog({ pending, dueSince }: QueueBacklog): Backlog {
  return { pending, dueSince: dueSince === null ? null : toIso(dueSince) };
}

/** Asks by the tenant's webhooks: every publish would pay for an index by tenant. */
function backlogOfTenant(
  { storage: { webhooks, queue }, clock }: Omit<Reads, "tenantId">,
  tenantId: string,
): ResultAsync<QueueBacklog, StorageError> {
  return webhooks
    .list(tenantId)
    .map((own) => own.map(({ webhookId }) => webhookId))
    .andThen((webhookIds) => queue.backlog(clock.now(), webhookIds));
}
