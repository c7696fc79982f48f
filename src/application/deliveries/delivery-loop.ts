import { err, ok, type Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { brokenOff, POLL_MS } from "./begin-attempts.ts";
import { createClaims, type Claimed, type ClaimOptions, type Claims } from "./claim-due.ts";
import { listen, type Listener, type WakeUps } from "./wake-ups.ts";

export interface LoopOptions extends ClaimOptions {
  /** Told when a claim may begin that could not. */
  readonly slotChanges: WakeUps;
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
  const claims = createClaims(deps, options);
  const ended = await loop(deps, options, claims, untilIdle).catch(brokenOff);
  const begun = await claims.begun();
  return ended.isErr() ? ended : begun;
}

async function loop(
  deps: Dependencies,
  options: LoopOptions,
  claims: Claims,
  untilIdle: boolean,
): Promise<Result<void, StorageError>> {
  const { slots, isStopped } = options;
  const renew = createRenewal(deps, options);
  while (!isStopped()) {
    const renewed = await renew();
    if (renewed.isErr()) return err(renewed.error);
    if (!slots.beginClaim()) {
      await slotFreed(deps, options);
      continue;
    }
    const work = listen(deps.clock, deps.wakeUps);
    try {
      const claimed = await claims.next();
      if (claimed.isErr()) return err(claimed.error);
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
    const nothingHeld = slots.held().size === 0;
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

/** Moves the ends of the leases on, before they come, while their attempts are under way: also of those that an earlier run has left. */
function createRenewal({ storage, clock }: Dependencies, { slots, leaseSeconds }: LoopOptions): Renew {
  const leaseMs = Math.ceil(leaseSeconds * 1000);
  // What is held already was claimed before the worker was stopped and started again, nobody knows when.
  let renewAt = slots.held().size > 0 ? clock.now() : clock.now() + leaseMs / 2;
  return async () => {
    const now = clock.now();
    // Further away than that it is where the clock was set back.
    if (now < renewAt && renewAt <= now + leaseMs / 2) return ok();
    renewAt = now + leaseMs / 2;
    for (const owner of slots.held().keys()) {
      const renewed = await storage.queue.renew(() => {
        const deliveryIds = slots.held().get(owner) ?? [];
        return { owner, deliveryIds, leaseUntil: clock.now() + leaseMs };
      });
      if (renewed.isErr()) return err(renewed.error);
    }
    return ok();
  };
}
