import { err, ok, type Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { beginAttempts, brokenOff, type Attempting, type Leased } from "./begin-attempts.ts";

export interface ClaimOptions extends Attempting {
  readonly leaseSeconds: number;
  /** Only these deliveries; all, if not given. */
  readonly deliveryIds?: readonly string[];
}

/** What a claim found, and what it had asked for. */
export interface Claimed extends Leased {
  /** The time by which it had to be due. */
  readonly now: EpochMs;
  readonly limit: number;
  readonly fullWebhooks: readonly string[];
}

/**
 * Makes claims one after the other, each for as many deliveries as there are free slots, and begins an attempt at each
 * delivery found.
 */
export interface Claims {
  /**
   * Makes the next claim, after `slots.beginClaim` has returned true. If the claim finds as much as it asked for, this
   * resolves as soon as that is known, and the next claim may begin while the leases are brought to disk. After a claim
   * has failed, there is no next one.
   */
  next(): Promise<Result<Claimed, StorageError>>;
  /** Resolves when the attempts at everything found have begun, or when there will be none. */
  begun(): Promise<Result<void, StorageError>>;
}

export function createClaims(deps: Dependencies, options: ClaimOptions): Claims {
  const { owner, slots, leaseSeconds, deliveryIds, isStopped } = options;
  /** The latest claim: over when the attempts at what it has found have begun. */
  let last: Promise<void> = Promise.resolve();
  /** An error, once a claim has failed. */
  let begun: Result<void, StorageError> = ok();

  /** @param tell - told what was found; nothing, if the claim failed before that */
  async function claim(tell: (found: Claimed) => void): Promise<void> {
    /** Limit 0 if the storage failed before it called `ask`. */
    let asked: Omit<Claimed, "deliveries"> = { now: 0, limit: 0, leaseUntil: 0, fullWebhooks: [] };
    /** Null until told. A field, because the compiler would narrow a variable to null if only callbacks set it. */
    const found: { deliveries: readonly ClaimedDelivery[] | null } = { deliveries: null };

    function ask(): Claim {
      const now = deps.clock.now();
      const leaseUntil = now + Math.ceil(leaseSeconds * 1000);
      const limit = isStopped() ? 0 : Math.max(0, slots.free());
      asked = { now, limit, leaseUntil, fullWebhooks: slots.fullWebhooks() };
      const perWebhook = { limit: slots.perWebhookConcurrency, underWay: slots.underWay() };
      return { owner, now, leaseUntil, limit, perWebhook, ...(deliveryIds && { deliveryIds }) };
    }

    function take(deliveries: readonly ClaimedDelivery[]): void {
      found.deliveries = deliveries;
      slots.endClaim(deliveries);
      tell({ deliveries, ...asked });
    }

    const answer = await lease(ask, take).catch(brokenOff);
    // Set before slots become free, so that no further claim takes them.
    if (answer.isErr()) begun = err(answer.error);
    const leased = answer.unwrapOr([]);
    if (found.deliveries === null) take(leased);
    else if (leased.length < found.deliveries.length) slots.abandon(without(found.deliveries, leased));
    const toAttempt = { deliveries: leased, leaseUntil: asked.leaseUntil };
    const beginning = await beginAttempts(deps, options, toAttempt).catch(brokenOff);
    if (beginning.isErr()) begun = beginning;
  }

  /** Turns what a storage throws, which is a bug, into a rejection. */
  async function lease(...how: Parameters<typeof deps.storage.queue.claim>) {
    return await deps.storage.queue.claim(...how);
  }

  return {
    async next() {
      if (begun.isErr()) {
        slots.endClaim([]);
        return err(begun.error);
      }
      const before = last;
      const found = await new Promise<Claimed>((tell) => {
        last = claim(tell);
      });
      // At most two claims are under way.
      await before;
      if (found.deliveries.length < found.limit) await last;
      return begun.map(() => found);
    },
    async begun() {
      await last;
      return begun;
    },
  };
}

function without(
  deliveries: readonly ClaimedDelivery[],
  others: readonly ClaimedDelivery[],
): readonly ClaimedDelivery[] {
  const ids = new Set(others.map(({ delivery }) => delivery.deliveryId));
  return deliveries.filter(({ delivery }) => !ids.has(delivery.deliveryId));
}
