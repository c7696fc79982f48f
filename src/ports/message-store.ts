import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** A message's content, which is not in the ledger. Written by `LedgerWriter.append` with the event that tells of it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly tenantId: string;
  readonly event: string;
  /** Canonical JSON: the bytes that are signed and sent. */
  readonly body: string;
  /** Unique within the tenant. */
  readonly idempotencyKey: string | null;
  readonly createdAt: EpochMs;
  /** Whom or what the payload is about, as the application said, so that it can be erased by that; null if it did not. */
  readonly subject: string | null;
  /** When the payload was removed for good, and the subject with it: the body is empty from then on. Null otherwise. */
  readonly erasedAt: EpochMs | null;
}

/** What decides whether a message may be sent once more. */
export interface MessageStanding {
  readonly messageId: string;
  /** Of the last event in its stream; 0 where there is none. */
  readonly version: number;
  /** Whether its payload was removed. Not where the message is gone altogether. */
  readonly isErased: boolean;
}

/** The tenant and the key as one, for maps: with a separator, a tenant's name could run into the key. */
export function idempotencySlot(tenantId: string, idempotencyKey: string): string {
  return JSON.stringify([tenantId, idempotencyKey]);
}

/** What can be said of a message without reading its body. */
export type MessageHeading = Pick<StoredMessage, "messageId" | "tenantId" | "erasedAt">;

/** Reads messages; and removes what is left of those that were erased. */
export interface MessageStore {
  get(messageId: string): ResultAsync<StoredMessage | null, StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): ResultAsync<StoredMessage | null, StorageError>;

  /** Of each of the messages, all at the same time. It reads no events, so one that is damaged is no error. */
  standings(messageIds: readonly string[]): ResultAsync<readonly MessageStanding[], StorageError>;

  /** Up to `limit` of the tenant's messages about the subject, by id. Those that were erased have none. */
  aboutSubject(tenantId: string, subject: string, limit: number): ResultAsync<readonly string[], StorageError>;

  /** A page of all messages, all tenants' and erased ones too, by id after `after`; the empty text is before all. */
  list(after: string, limit: number): ResultAsync<readonly MessageHeading[], StorageError>;

  /**
   * After messages were erased, or secrets replaced or removed: when it resolves `Ok`, nothing of them is left where the storage keeps
   * data. On SQLite that is any of its files; on PostgreSQL any row, but not the free space of pages, the write-ahead log and
   * replicas. Where somebody else is reading, it may be `locked`; where the user may not clean up there, it is `unreachable`.
   */
  purge(): ResultAsync<void, StorageError>;
}
