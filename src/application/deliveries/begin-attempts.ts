import { err, ok, type Result } from "neverthrow";
import type { DeliveryEvent } from "../../domain/delivery/index.ts";
import { fromIso, type EpochMs } from "../../domain/instant.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { errorFacts } from "../error-facts.ts";
import { attemptDelivery, type AttemptError } from "./attempt-delivery.ts";
import type { Slots } from "./slots.ts";

/**
 * A worker in the background sees another process's deliveries after this time at the latest. A quarter of it would
 * cost half a percent of a core.
 */
export const POLL_MS = 1000;

/** The worker's run that makes attempts. */
export interface Attempting {
  /**
   * The holder of the leases. Each run has its own, so that what an earlier run has given up is not taken for this
   * one's.
   */
  readonly owner: string;
  readonly slots: Slots;
  readonly isStopped: () => boolean;
  readonly onError: (error: AttemptError) => void;
}

/** What was claimed, and until when. */
export interface Leased {
  readonly deliveries: readonly ClaimedDelivery[];
  readonly leaseUntil: EpochMs;
}

/**
 * Begins an attempt at each claimed delivery, with the webhooks as they are now. If the webhooks cannot be read, or the
 * worker was stopped, releases the deliveries instead.
 */
export async function beginAttempts(
  deps: Dependencies,
  { owner, slots, isStopped, onError }: Attempting,
  { deliveries, leaseUntil }: Leased,
): Promise<Result<void, StorageError>> {
  if (deliveries.length === 0) return ok();
  const webhookIds = new Set(deliveries.map(({ delivery }) => delivery.webhookId));
  const revision = Math.max(...deliveries.map(({ webhooksRevision }) => webhooksRevision));
  const recipients = await deps.directory.recipients(webhookIds, revision).catch(brokenOff);
  // `stop` may have resolved already, so no attempt may begin.
  if (recipients.isErr() || isStopped()) {
    slots.abandon(deliveries);
    const ids = deliveries.map(({ delivery }) => delivery.deliveryId);
    const released = await deps.storage.queue.release(owner, ids);
    // The first error tells more: if the storage is away, releasing fails for the same reason.
    return recipients.isErr() ? err(recipients.error) : released;
  }
  const lease = { owner, until: leaseUntil };
  for (const claimed of deliveries) {
    const { deliveryId, webhookId } = claimed.delivery;
    const recipient = recipients.value.get(webhookId);
    const attempt = attemptDelivery(deps, lease, claimed, recipient, () => slots.freeSlot(claimed));
    const recorded = attempt.catch(brokenOff).then((attempted) => {
      if (attempted.isOk()) return announce(deps, attempted.value);
      const { error } = attempted;
      deps.logger.error("an attempt's outcome could not be recorded; the attempt is made again when its lease ends", {
        deliveryId,
        ...errorFacts(error),
      });
      onError(error);
    });
    slots.hold(owner, claimed, recorded);
  }
  return ok();
}

function announce({ appended, wakeUps, clock }: Dependencies, events: readonly DeliveryEvent[]): void {
  appended.notify();
  for (const { type, data } of events) {
    if (type !== "DeliveryAttemptFailed" || data.retryAt === null) continue;
    // The loop may be set to wait longer: during the attempt, the delivery counted as due when its lease ends.
    if (fromIso(data.retryAt) < clock.now() + POLL_MS) wakeUps.notify();
  }
}

/**
 * Turns a bug, in an adapter or here, into a `StorageError`. What the bug broke off is done again, and the process goes
 * on with everything else under way.
 */
export function brokenOff(bug: unknown): Result<never, StorageError> {
  return err(storageError("unexpected", "a bug ended an attempt or the search for due deliveries", bug));
}
