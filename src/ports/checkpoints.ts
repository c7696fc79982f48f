import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** Who follows the ledger under a name, and until when nobody else may. */
export interface Lead {
  readonly name: string;
  readonly owner: string;
  readonly now: EpochMs;
  readonly until: EpochMs;
}

/** How far those who follow the ledger have read, each under a name. Of several under one name, one leads. */
export interface Checkpoints {
  /**
   * Takes the lead, or goes on with it, unless another has it at `now`. The position up to which the events were handed over; null where
   * another leads.
   *
   * @param from - the position to begin at, where the name is new
   */
  lead(lead: Lead, from: number): ResultAsync<number | null, StorageError>;

  /**
   * Notes that the leader has handed over the events after `from` and up to `to`, and goes on with the lead. False, and nothing is noted,
   * where another leads, or `from` is not where the name stands: then another has led meanwhile.
   */
  advance(lead: Lead, from: number, to: number): ResultAsync<boolean, StorageError>;

  /** Gives the lead up, if `owner` has it. */
  release(name: string, owner: string): ResultAsync<void, StorageError>;
}
