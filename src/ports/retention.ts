import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** What one step has removed. */
export interface PruneStep {
  /** Deliveries, or messages. */
  readonly removed: number;
  /** Domain events, with the whole streams of what was removed. */
  readonly events: number;
  /** The last id that was looked at, for the next step; null if there is nothing to remove behind it: see {@link nextStep}. */
  readonly next: string | null;
}

/** A row that a step has looked at. */
export interface LookedAt {
  readonly id: string;
  readonly createdAt: EpochMs;
}

/**
 * A step's `next`. Ids are in the order of their making, so behind a whole step of rows that are younger than `finishedBefore` there are
 * younger ones: a walk costs what is older, however much is kept. Where a clock was set back in between, an older one may be there, which
 * goes at a later walk.
 */
export function nextStep(page: readonly LookedAt[], limit: number, finishedBefore: EpochMs): string | null {
  const last = page.at(-1);
  if (last === undefined || page.length < limit) return null;
  return page.every(({ createdAt }) => createdAt >= finishedBefore) ? null : last.id;
}

/**
 * Removes what is over, for good: the one exception to the ledger being append-only. Each step looks at no more than
 * `limit` rows, by id from `after` on, and is a transaction of its own, before which the event loop has had its turn, so
 * that others get on in between. Positions are not given again. A stream goes as a whole: of somebody who appends to it at the same
 * time one is first, so that the append is refused, or what was appended stays or goes with all the rest.
 */
export interface Retention {
  /** Deliveries that were settled before `finishedBefore`, with their streams and what was answered to them. */
  pruneDeliveries(finishedBefore: EpochMs, after: string, limit: number): ResultAsync<PruneStep, StorageError>;

  /**
   * Messages that were published before `finishedBefore` and have no delivery any more, with their payloads and streams.
   * Their idempotency keys are free again.
   */
  pruneMessages(finishedBefore: EpochMs, after: string, limit: number): ResultAsync<PruneStep, StorageError>;
}
