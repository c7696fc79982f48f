/**
 * - `locked`: another connection held the database for longer than the busy timeout, this connection is inside a
 *   transaction of the application's, or an open transaction hides what was to be read
 * - `no-transaction`: a call that writes in a transaction of the application's was made outside one
 * - `full`: no space left
 * - `read-only`: the file or the connection does not take writes
 * - `newer-schema`: a newer version of hookledger has migrated the database
 * - `not-a-database`: the file is something else, or damaged beyond reading
 * - `unreachable`: the database could not be opened at all, there is no ledger where one must be, its file was moved,
 *   replaced or deleted while it was open, or the user lacks a privilege
 * - `disconnected`: the connection to the server was lost, or cannot be made at the moment
 * - `in-doubt`: the connection was lost during a commit, and the server could not be asked, or could not tell, what
 *   became of it: it may have been done. If you publish under an idempotency key, you can publish again
 * - `timeout`: it took longer than the storage allows a statement to take
 * - `closed`: the storage was closed
 * - `secrets`: what the secret store keeps for a webhook is missing, damaged, or cannot be encrypted or decrypted now
 * - `damaged`: a webhook's row is damaged, and so is its stream, from which the row could be restored
 * - `unexpected`: anything else; `cause` tells more
 */
export type StorageErrorReason =
  | "locked"
  | "no-transaction"
  | "full"
  | "read-only"
  | "newer-schema"
  | "not-a-database"
  | "unreachable"
  | "disconnected"
  | "in-doubt"
  | "timeout"
  | "closed"
  | "secrets"
  | "damaged"
  | "unexpected";

/** The storage could not do it, and nothing of it was done, unless the reason is `in-doubt`. */
export interface StorageError {
  readonly type: "StorageError";
  readonly reason: StorageErrorReason;
  /** Whether the same call may succeed later without anybody fixing anything. */
  readonly retryable: boolean;
  readonly message: string;
  readonly cause?: unknown;
}

const retryableReasons: readonly StorageErrorReason[] = ["locked", "full", "disconnected", "timeout"];

export function storageError(reason: StorageErrorReason, message: string, cause?: unknown): StorageError {
  return {
    type: "StorageError",
    reason,
    retryable: retryableReasons.includes(reason),
    message,
    ...(cause === undefined ? {} : { cause }),
  };
}
