import type { ResultAsync } from "neverthrow";
import type { ReadError } from "./ledger-reader.ts";

/**
 * A row that differs from what the ledger says. A side is null if it has no row. In `queue`, where workers find
 * deliveries, there is a row for each pending delivery.
 */
export interface Difference {
  readonly projection: "webhooks" | "deliveries" | "queue";
  /** The id of the webhook or the delivery. */
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

/**
 * The tables that are derived from the ledger. Both calls stop at a damaged event, including one that is out of place,
 * and name its position.
 */
export interface Projections {
  /**
   * Empties the projections and fills them from the ledger, in one transaction. Leases survive. The webhooks' revision
   * grows, since a row may be another than before.
   */
  rebuild(): ResultAsync<{ readonly events: number }, ReadError>;

  /** Replays the ledger beside the projections, on one snapshot, and reports where they differ. Changes nothing. */
  verify(): ResultAsync<Verification, ReadError>;
}
