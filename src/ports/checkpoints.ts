import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** A follower's claim to lead under a name, which nobody else may do before `until`. */
export interface Lead {
  readonly name: string;
  readonly owner: string;
  readonly now: EpochMs;
  readonly until: EpochMs;
}

/** How far followers have read the ledger, each under a name. Of several followers under one name, one leads. */
export interface Checkpoints {
  /**
   * Takes or renews the lead, unless another owner has it at `now`. Returns the position up to which the events were
   * handed over; null if another leads.
   *
   * @param from - the position to begin at, if the name is new
   */
  lead(lead: Lead, from: number): ResultAsync<number | null, StorageError>;

  /**
   * Records that the leader has handed over the events after `from` and up to `to`, and renews the lead. Returns false,
   * and records nothing, if another leads, or if the name does not stand at `from`: then another has led meanwhile.
   */
  advance(lead: Lead, from: number, to: number): ResultAsync<boolean, StorageError>;

  /** Gives the lead up, if `owner` has it. */
  release(name: string, owner: string): ResultAsync<void, StorageError>;
}
