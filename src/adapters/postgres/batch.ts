import type { Result } from "neverthrow";
import type { Claim, ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { AppendedStream, AppendError, Commit } from "../../ports/ledger-writer.ts";
import type { StorageError } from "../../ports/storage-error.ts";

interface Member<T, E> {
  readonly settle: (result: Result<T, E>) => void;
  /** For bugs. */
  readonly reject: (bug: Error) => void;
}

export interface AppendMember extends Member<readonly AppendedStream[], AppendError> {
  readonly commit: Commit;
}
export interface ClaimMember extends Member<readonly ClaimedDelivery[], StorageError> {
  readonly ask: () => Claim;
}

/** What shares a transaction. Of the same moment, appends come before claims, which find what they have written. */
export interface Batch {
  readonly appends: readonly AppendMember[];
  readonly claims: readonly ClaimMember[];
}
