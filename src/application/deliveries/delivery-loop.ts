import { err, ok, type Result } from "neverthrow";
import type { DeliveryEvent } from "../../domain/delivery/index.ts";
import { fromIso, type EpochMs } from "../../domain/instant.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { attemptDelivery, type AttemptError } from "./attempt-delivery.ts";
import type { Slots } from "./slots.ts";
import { listen, type Listener, type WakeUps } from "./wake-ups.ts";

/** Another process's deliveries are seen at the latest after this. A quarter of it would cost half a percent of a core. */
const POLL_MS = 1000;

export interface LoopOptions {
  /** Names the holder of the leases. */
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly slots: Slots;
  /** Told when a slot becomes free. */
  readonly slotChanges: WakeUps;
  /** Only these deliveries; all, if not given. */
  readonly deliveryIds?: readonly string[];
  readonly isStopped: () => boolean;
  readonly onError: (error: AttemptError) => void;
}

/** What a claim found, and what it had asked for. */
interface Claimed {
  readonly deliveries: readonly ClaimedDelivery[];
  readonly limit: number;
  readonly leaseUntil: EpochMs;
  readonly fullWebhooks: readonly string[];
}

/**
 * Delivers what is due, until stopped or, with `untilIdle`, until nothing in its scope is pending: a retry
 * that is still to come counts as pending. Attempts may be under way when it returns because it was stopped.
 */
export function deliverDue(
  deps: Dependencies,
  options: LoopOptions,
  untilIdle: boolean,
): Promise<Result<void, StorageError>> {
  return loop(deps, options, untilIdle).catch(brokenOff);
}

async function loop(deps: Dependencies, options: LoopOptions, untilIdle: boolean): Promise<Result<void, StorageError>> {
  const { slots, isStopped } = options;
  const renew = createRenewal(deps, options);
  while (!isStopped()) {
    const renewed = await renew();
    if (renewed.isErr()) return err(renewed.error);
    if (slots.free() <= 0) {
      await slotFreed(deps, options);
      continue;
    }
    const work = listen(deps.clock, deps.wakeUps);
    try {
      const claimed = await claim(deps, options);
      if (claimed.isErr()) return err(claimed.error);
      const begun = await begin(deps, options, claimed.value);
      if (begun.isErr()) return err(begun.error);
      if (claimed.value.deliveries.length === claimed.value.limit) continue;
      const waited = await waitForWork(deps, { ...options, renew }, claimed.value, untilIdle, work);
      if (waited.isErr()) return err(waited.error);
      if (waited.value === "idle") return ok();
    } finally {
      work.forget();
    }
  }
  return ok();
}

async function slotFreed({ clock }: Dependencies, { slotChanges }: LoopOptions): Promise<void> {
  const freed = listen(clock, slotChanges);
  await freed.orAfter(POLL_MS);
  freed.forget();
}

/** After a claim that found less than it asked for: resolves when it is worth another. */
async function waitForWork(
  deps: Dependencies,
  { slots, slotChanges, deliveryIds, isStopped, renew }: LoopOptions & { readonly renew: Renew },
  { deliveries, fullWebhooks: exceptWebhookIds }: Claimed,
  untilIdle: boolean,
  work: Listener,
): Promise<Result<"look again" | "idle", StorageError>> {
  const { storage, clock } = deps;
  for (let first = true; !work.heard() && !isStopped(); first = false) {
    const stillFull = new Set(slots.fullWebhooks());
    if (exceptWebhookIds.some((webhookId) => !stillFull.has(webhookId))) break;
    // Before the question: what changes while it is asked is not to be missed. What a full webhook has pending, and whether all is
    // settled, changes with the attempts that are under way.
    if (exceptWebhookIds.length > 0 || untilIdle) work.also(slotChanges);
    if (untilIdle) work.also(deps.appended);
    const due = await storage.queue.nextDueAt({ exceptWebhookIds, ...(deliveryIds && { deliveryIds }) });
    if (due.isErr()) return err(due.error);
    const nothingHeld = slots.held().length === 0;
    if (untilIdle && due.value === null && exceptWebhookIds.length === 0 && nothingHeld) return ok("idle");
    const milliseconds = due.value === null ? POLL_MS : Math.min(due.value - clock.now(), POLL_MS);
    // Something is due that the claim did not find: not at once again, should it go on so.
    const missed = first && deliveries.length === 0;
    if (milliseconds <= 0 && !missed) break;
    await work.orAfter(Math.max(milliseconds, 1));
    const renewed = await renew();
    if (renewed.isErr()) return err(renewed.error);
  }
  return ok("look again");
}

type Renew = () => Promise<Result<void, StorageError>>;

/** Moves the ends of the leases on, before they come, while their attempts are under way. */
function createRenewal({ storage, clock }: Dependencies, { owner, slots, leaseSeconds }: LoopOptions): Renew {
  const leaseMs = Math.ceil(leaseSeconds * 1000);
  // What is held already was claimed before the worker was stopped and started again, nobody knows when.
  let renewAt = slots.held().length > 0 ? clock.now() : clock.now() + leaseMs / 2;
  return async () => {
    const now = clock.now();
    if (now < renewAt) return ok();
    renewAt = now + leaseMs / 2;
    const held = slots.held();
    return held.length === 0 ? ok() : storage.queue.renew(owner, held, now + leaseMs);
  };
}

async function claim(deps: Dependencies, options: LoopOptions): Promise<Result<Claimed, StorageError>> {
  const { owner, slots, leaseSeconds, deliveryIds } = options;
  let asked: Omit<Claimed, "deliveries"> = { limit: 0, leaseUntil: 0, fullWebhooks: [] };
  const claimed = await deps.storage.queue.claim(() => {
    const now = deps.clock.now();
    const leaseUntil = now + Math.ceil(leaseSeconds * 1000);
    const limit = options.isStopped() ? 0 : Math.max(0, slots.free());
    asked = { limit, leaseUntil, fullWebhooks: slots.fullWebhooks() };
    const perWebhook = { limit: slots.perWebhookConcurrency, underWay: slots.underWay() };
    return { owner, now, leaseUntil, limit, perWebhook, ...(deliveryIds && { deliveryIds }) };
  });
  return claimed.map((deliveries) => ({ deliveries, ...asked }));
}

/** Begins an attempt at each, with their webhooks as they are now. */
async function begin(
  deps: Dependencies,
  { owner, slots, onError }: LoopOptions,
  { deliveries, leaseUntil }: Claimed,
): Promise<Result<void, StorageError>> {
  if (deliveries.length === 0) return ok();
  const webhookIds = new Set(deliveries.map(({ delivery }) => delivery.webhookId));
  const revision = Math.max(...deliveries.map(({ webhooksRevision }) => webhooksRevision));
  const recipients = await deps.directory.recipients(webhookIds, revision);
  if (recipients.isErr()) {
    const ids = deliveries.map(({ delivery }) => delivery.deliveryId);
    return (await deps.storage.queue.release(owner, ids)).andThen(() => err(recipients.error));
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
        error: error.type,
      });
      onError(error);
    });
    slots.take(claimed, recorded);
  }
  return ok();
}

function recordedAs({ appended, wakeUps, clock }: Dependencies, events: readonly DeliveryEvent[]): void {
  appended.notify();
  const retries = events.flatMap(({ type, data }) =>
    type === "DeliveryAttemptFailed" && data.retryAt !== null ? [fromIso(data.retryAt)] : [],
  );
  // Who waits may have meant to wait for longer: while it was under way, the delivery was due when its lease ends.
  if (retries.some((retryAt) => retryAt < clock.now() + POLL_MS)) wakeUps.notify();
}

/** A bug, in an adapter or here. What it broke off is done again, and the process goes on with all that it has under way. */
function brokenOff(bug: unknown): Result<never, StorageError> {
  return err(storageError("unexpected", "a bug broke off an attempt, or the search for deliveries", bug));
}
