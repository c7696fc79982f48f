import { err, ok, type Result } from "neverthrow";
import type { DeliveryEvent } from "../../domain/delivery/index.ts";
import { fromIso, type EpochMs } from "../../domain/instant.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { errorFacts } from "../error-facts.ts";
import { attemptDelivery, type AttemptError } from "./attempt-delivery.ts";
import type { Slots } from "./slots.ts";

/** Another process's deliveries are seen at the latest after this. A quarter of it would cost half a percent of a core. */
export const POLL_MS = 1000;

/** On whose behalf attempts are made. */
export interface Attempting {
  /** Names the holder of the leases: one for each run, so that what an earlier one has given up is not taken for this one's. */
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

/** Begins an attempt at each of what was claimed, with their webhooks as they are now. Where that cannot be, it is given back. */
export async function beginAttempts(
  deps: Dependencies,
  { owner, slots, isStopped, onError }: Attempting,
  { deliveries, leaseUntil }: Leased,
): Promise<Result<void, StorageError>> {
  if (deliveries.length === 0) return ok();
  const webhookIds = new Set(deliveries.map(({ delivery }) => delivery.webhookId));
  const revision = Math.max(...deliveries.map(({ webhooksRevision }) => webhooksRevision));
  const recipients = await deps.directory.recipients(webhookIds, revision).catch(brokenOff);
  // Whoever has stopped the worker may have been answered already.
  if (recipients.isErr() || isStopped()) {
    slots.abandon(deliveries);
    const ids = deliveries.map(({ delivery }) => delivery.deliveryId);
    const released = await deps.storage.queue.release(owner, ids);
    // What came first tells more: where the storage is away, giving back fails for that.
    return recipients.isErr() ? err(recipients.error) : released;
  }
  const lease = { owner, until: leaseUntil };
  for (const claimed of deliveries) {
    const { deliveryId, webhookId } = claimed.delivery;
    const recipient = recipients.value.get(webhookId);
    const attempt = attemptDelivery(deps, lease, claimed, recipient, () => slots.freeSlot(claimed));
    const recorded = attempt.catch(brokenOff).then((attempted) => {
      if (attempted.isOk()) return recordedAs(deps, attempted.value);
      const { error } = attempted;
      deps.logger.error("an attempt's outcome could not be recorded; it is made again when its lease ends", {
        deliveryId,
        ...errorFacts(error),
      });
      onError(error);
    });
    slots.hold(owner, claimed, recorded);
  }
  return ok();
}

function recordedAs({ appended, wakeUps, clock }: Dependencies, events: readonly DeliveryEvent[]): void {
  appended.notify();
  for (const { type, data } of events) {
    if (type !== "DeliveryAttemptFailed" || data.retryAt === null) continue;
    // Who waits may have meant to wait for longer: while it was under way, the delivery was due when its lease ends.
    if (fromIso(data.retryAt) < clock.now() + POLL_MS) wakeUps.notify();
  }
}

/** A bug, in an adapter or here. What it broke off is done again, and the process goes on with all that it has under way. */
export function brokenOff(bug: unknown): Result<never, StorageError> {
  return err(storageError("unexpected", "a bug broke off an attempt, or the search for deliveries", bug));
}
