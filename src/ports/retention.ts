import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** What one step has removed. */
export interface PruneStep {
  /** How many deliveries, or messages. */
  readonly removed: number;
  /** How many domain events: the whole streams of what was removed. */
  readonly events: number;
  /**
   * The last id that was looked at, where the next step begins; null if there is nothing to remove behind it. See
   * {@link nextStep}.
   */
  readonly next: string | null;
}

/** A row that a step has looked at. */
export interface LookedAt {
  readonly id: string;
  readonly createdAt: EpochMs;
}

/**
 * Returns a step's `next`. Ids sort in the order of their making, so if a whole step of rows is younger than
 * `finishedBefore`, the rows behind it are younger still. The cost of a walk therefore depends on what is older,
 * however much is kept. If a clock was set back in between, an older row may be behind; a later walk removes it.
 */
export function nextStep(page: readonly LookedAt[], limit: number, finishedBefore: EpochMs): string | null {
  const last = page.at(-1);
  if (last === undefined || page.length < limit) return null;
  return page.every(({ createdAt }) => createdAt >= finishedBefore) ? null : last.id;
}

/**
 * Removes what is over, for good: the one exception to the ledger being append-only. Each step looks at no more than
 * `limit` rows, by id from `after` on, in a transaction of its own. Before each transaction the event loop gets its
 * turn, so that others get on in between. Positions are not given again.
 *
 * A stream is removed as a whole. If somebody appends to it at the same time, one of the two is first: the append is
 * refused, or what was appended stays or goes with the whole stream.
 */
export interface Retention {
  /** Removes deliveries that were settled before `finishedBefore`, with their streams and what was answered to them. */
  pruneDeliveries(finishedBefore: EpochMs, after: string, limit: number): ResultAsync<PruneStep, StorageError>;

  /**
   * Removes messages that were published before `finishedBefore` and have no delivery left, with their payloads and
   * streams. Their idempotency keys are free again.
   */
  pruneMessages(finishedBefore: EpochMs, after: string, limit: number): ResultAsync<PruneStep, StorageError>;
}
