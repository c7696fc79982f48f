import { err, ok, type Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { brokenOff, POLL_MS } from "./begin-attempts.ts";
import { createClaims, type Claimed, type ClaimOptions, type Claims } from "./claim-due.ts";
import { listen, type Listener } from "../wake-ups.ts";

/** How long a worker waits if its claim has missed what is due. The wait doubles each time in a row. */
const FIRST_MISSED_MS = 1;
const MOST_MISSED_MS = 100;
/** The part of the time waited after which a run until idle looks again for what other processes have written. */
const PATIENCE = 1 / 16;

/**
 * Delivers what is due, until stopped or, with `untilIdle`, until nothing in its scope is pending. A retry that is
 * still to come counts as pending. If it returns because it was stopped, attempts may still be under way.
 */
export async function deliverDue(
  deps: Dependencies,
  options: ClaimOptions,
  untilIdle: boolean,
): Promise<Result<void, StorageError>> {
  const claims = createClaims(deps, options);
  const ended = await loop(deps, options, claims, untilIdle).catch(brokenOff);
  const begun = await claims.begun();
  return ended.isErr() ? ended : begun;
}

async function loop(
  deps: Dependencies,
  options: ClaimOptions,
  claims: Claims,
  untilIdle: boolean,
): Promise<Result<void, StorageError>> {
  const { slots, isStopped } = options;
  const renewal = createRenewal(deps, options);
  let missedMs = FIRST_MISSED_MS;
  while (!isStopped()) {
    const renewed = await renewal.renew();
    if (renewed.isErr()) return err(renewed.error);
    if (!slots.beginClaim()) {
      await untilClaimable(deps, options, renewal);
      continue;
    }
    const work = listen(deps.clock, deps.wakeUps);
    try {
      const claimed = await claims.next();
      if (claimed.isErr()) return err(claimed.error);
      if (claimed.value.deliveries.length === claimed.value.limit) continue;
      const waited = await waitForWork(deps, { ...options, renewal, missedMs }, claimed.value, untilIdle, work);
      if (waited.isErr()) return err(waited.error);
      if (waited.value === "idle") return ok();
      missedMs = waited.value === "missed" ? Math.min(2 * missedMs, MOST_MISSED_MS) : FIRST_MISSED_MS;
    } finally {
      work.forget();
    }
  }
  return ok();
}

async function untilClaimable({ clock }: Dependencies, { slots }: ClaimOptions, renewal: Renewal): Promise<void> {
  const claimable = listen(clock, slots.claimable);
  await claimable.orAfter(renewal.waitMs(POLL_MS));
  claimable.forget();
}

/** `missed`: something was due that the claim did not find, for example because another transaction has it locked. */
type Waited = "look again" | "missed" | "idle";

interface WaitOptions extends ClaimOptions {
  readonly renewal: Renewal;
  /** How long to wait if the claim has missed what is due. */
  readonly missedMs: number;
}

/** Called after a claim that found less than it asked for. Resolves when another claim is worth making. */
async function waitForWork(
  deps: Dependencies,
  { slots, deliveryIds, isStopped, renewal, missedMs }: WaitOptions,
  { deliveries, now: claimedAt, fullWebhooks: exceptWebhookIds }: Claimed,
  untilIdle: boolean,
  work: Listener,
): Promise<Result<Waited, StorageError>> {
  const { storage, clock } = deps;
  const since = clock.now();
  let waited: Waited = "look again";
  for (let first = true; !work.heard() && !isStopped(); first = false) {
    const stillFull = new Set(slots.fullWebhooks());
    if (exceptWebhookIds.some((webhookId) => !stillFull.has(webhookId))) break;
    // Listen before asking, so that no change in between is missed. Attempts under way change what a full webhook has
    // pending, and whether everything is settled.
    if (exceptWebhookIds.length > 0 || untilIdle) work.also(slots.changes);
    if (untilIdle) work.also(deps.appended);
    const due = await storage.queue.nextDueAt({ exceptWebhookIds, ...(deliveryIds && { deliveryIds }) });
    if (due.isErr()) return err(due.error);
    const nothingHeld = slots.held().size === 0;
    if (untilIdle && due.value === null && exceptWebhookIds.length === 0 && nothingHeld) return ok("idle");
    const pollMs = untilIdle ? Math.max(POLL_MS, Math.floor((clock.now() - since) * PATIENCE)) : POLL_MS;
    const longestMs = renewal.waitMs(pollMs);
    const milliseconds = due.value === null ? longestMs : Math.min(due.value - clock.now(), longestMs);
    // What fell due after the claim's time was not missed by it.
    const wasDue = due.value !== null && due.value <= claimedAt;
    if (milliseconds > 0) waited = "look again";
    else if (first && wasDue && deliveries.length === 0) waited = "missed";
    else break;
    await work.orAfter(waited === "missed" ? missedMs : milliseconds);
    const renewed = await renewal.renew();
    if (renewed.isErr()) return err(renewed.error);
  }
  return ok(waited);
}

interface Renewal {
  /** Extends the leases of deliveries whose attempts are under way, before they end; also those of an earlier run. */
  renew(): Promise<Result<void, StorageError>>;
  /** The longest time to wait, at most `pollMs`, before calling `renew` again. */
  waitMs(pollMs: number): number;
}

function createRenewal({ storage, clock }: Dependencies, { slots, leaseSeconds }: ClaimOptions): Renewal {
  const leaseMs = Math.ceil(leaseSeconds * 1000);
  // Deliveries held now were claimed before the worker was stopped and started again, at an unknown time.
  let renewAt = slots.held().size > 0 ? clock.now() : clock.now() + leaseMs / 2;
  return {
    async renew() {
      const now = clock.now();
      // If `renewAt` is further away than half a lease, the clock was set back.
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
    },
    waitMs: (pollMs) => Math.max(1, Math.min(pollMs, renewAt - clock.now())),
  };
}
