import { err, ok, type Result } from "neverthrow";
import type { ClaimedDelivery, Lease, QueueScope } from "../../ports/delivery-queue.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { attemptDelivery, type AttemptError } from "./attempt-delivery.ts";
import type { Slots } from "./slots.ts";

/** Another process's deliveries are seen at the latest after this. */
const POLL_MS = 1000;

export interface LoopOptions {
  /** Names the holder of the leases. */
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly slots: Slots;
  /** Only these deliveries; all, if not given. */
  readonly deliveryIds?: readonly string[];
  readonly isStopped: () => boolean;
  readonly onError: (error: AttemptError) => void;
}

/**
 * Delivers what is due, until stopped or, with `untilIdle`, until nothing in its scope is pending: a retry
 * that is still to come counts as pending. Attempts may be under way when it returns because it was stopped.
 */
export async function deliverDue(
  deps: Dependencies,
  options: LoopOptions,
  untilIdle: boolean,
): Promise<Result<void, StorageError>> {
  const { slots, isStopped } = options;
  while (!isStopped()) {
    const woken = listen(deps);
    try {
      const begun = await beginDue(deps, options);
      if (begun.isErr()) return err(begun.error);
      if (begun.value > 0) continue;
      // What is due to a webhook that was full when this was asked is not in the answer.
      const sawAll = slots.fullWebhooks().length === 0;
      const nextDueAt = slots.free() === 0 ? ok(null) : await deps.storage.queue.nextDueAt(scopeOf(options));
      if (nextDueAt.isErr()) return err(nextDueAt.error);
      if (untilIdle && sawAll && nextDueAt.value === null && slots.taken() === 0) return ok();
      await woken.orAfter(nextDueAt.value === null ? POLL_MS : nextDueAt.value - deps.clock.now());
    } finally {
      woken.forget();
    }
  }
  return ok();
}

function scopeOf({ deliveryIds, slots }: LoopOptions): QueueScope {
  return { exceptWebhookIds: slots.fullWebhooks(), ...(deliveryIds && { deliveryIds }) };
}

/** Leases what there are slots for, and begins it. What a webhook has no slot left for goes back at once. */
async function beginDue(deps: Dependencies, options: LoopOptions): Promise<Result<number, StorageError>> {
  const { owner, slots, leaseSeconds } = options;
  const limit = slots.free();
  if (limit === 0) return ok(0);
  const now = deps.clock.now();
  const leaseUntil = now + Math.ceil(leaseSeconds * 1000);
  const claimed = await deps.storage.queue.claim({ owner, now, leaseUntil, limit, scope: scopeOf(options) });
  if (claimed.isErr()) return err(claimed.error);
  const surplus: string[] = [];
  for (const one of claimed.value) {
    if (slots.take(one.delivery)) begin(deps, options, { owner, until: leaseUntil }, one);
    else surplus.push(one.delivery.deliveryId);
  }
  const begun = claimed.value.length - surplus.length;
  return surplus.length === 0 ? ok(begun) : (await deps.storage.queue.release(owner, surplus)).map(() => begun);
}

function begin(deps: Dependencies, { slots, onError }: LoopOptions, lease: Lease, claimed: ClaimedDelivery): void {
  slots.occupy(
    claimed.delivery,
    attemptDelivery(deps, lease, claimed).match(
      () => undefined,
      (error) => {
        deps.logger.error("an attempt's outcome could not be recorded; it is made again when its lease ends", {
          deliveryId: claimed.delivery.deliveryId,
          error: error.type,
        });
        onError(error);
      },
    ),
    () => deps.wakeUps.notify(),
  );
}

/** Listens from now on, so that no wake-up is lost between looking for work and waiting for it. */
function listen({ wakeUps, clock }: Dependencies) {
  const wake = new AbortController();
  const forget = wakeUps.once(() => wake.abort());
  return {
    forget,
    orAfter: (milliseconds: number) => clock.sleep(Math.min(Math.max(milliseconds, 1), POLL_MS), wake.signal),
  };
}
