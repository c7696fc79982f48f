import type { ResultAsync } from "neverthrow";
import type { ReadError } from "./ledger-reader.ts";

/**
 * A row that is not what the ledger says; null where there is no row, or should be none. What is in `queue` is found by workers: a row
 * for each delivery that is pending.
 */
export interface Difference {
  readonly projection: "webhooks" | "deliveries" | "queue";
  /** The webhook's, or the delivery's. */
  readonly id: string;
  /** Every column, as the ledger has it. */
  readonly expected: Readonly<Record<string, unknown>> | null;
  readonly actual: Readonly<Record<string, unknown>> | null;
}

export interface Verification {
  /** How many events were replayed. */
  readonly events: number;
  readonly differences: readonly Difference[];
}

/** The tables that are derived from the ledger. Both calls stop at a damaged event, one out of place included, and name its position. */
export interface Projections {
  /** Empties the projections and fills them from the ledger, in one transaction. Leases survive. */
  rebuild(): ResultAsync<{ readonly events: number }, ReadError>;

  /** Replays the ledger beside the projections, on one snapshot, and tells where they differ. Changes nothing. */
  verify(): ResultAsync<Verification, ReadError>;
}
