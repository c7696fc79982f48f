import type { Result } from "neverthrow";
import type { RecordedEvent, WebhookView } from "../domain/ledger/index.ts";
import type { ReadError } from "./ledger-reader.ts";
import type { AppendedStream, AppendError, Commit } from "./ledger-writer.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * A transaction that the application has begun on the storage's own connection, and will end. All of it answers at once. What is
 * appended is on disk once the application has committed, and never was if it rolls back; an append that is refused leaves the
 * rest of the transaction as it is. Outside a transaction everything is a `StorageError` with the reason `no-transaction`.
 */
export interface OpenTransaction {
  /** All of the tenant's, in the order of their registration, as the transaction sees them. */
  webhooks(tenantId: string): Result<readonly WebhookView[], StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): Result<StoredMessage | null, StorageError>;
  readStream(streamId: string): Result<readonly RecordedEvent[], ReadError>;
  append(commit: Commit): Result<readonly AppendedStream[], AppendError>;
}
