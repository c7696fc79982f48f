import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** A message's content, which is not in the ledger. `LedgerWriter.append` writes it with the event that tells of it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly tenantId: string;
  readonly event: string;
  /** Canonical JSON: the bytes that are signed and sent. */
  readonly body: string;
  /** Unique within the tenant. */
  readonly idempotencyKey: string | null;
  readonly createdAt: EpochMs;
  /**
   * Whom or what the payload is about, as the application said, so that the message can be found and erased by it; null
   * if it did not say.
   */
  readonly subject: string | null;
  /** When the payload was removed for good, and the subject with it; the body is empty from then on. Null otherwise. */
  readonly erasedAt: EpochMs | null;
}

/** What decides whether a message may be sent again. */
export interface MessageStanding {
  readonly messageId: string;
  /** The version of the last event in its stream; 0 if there is none. */
  readonly version: number;
  /** Whether its payload was removed. False if the message is gone altogether. */
  readonly isErased: boolean;
}

/** Joins the tenant and the key into one key for maps. With a separator, a tenant's name could run into the key. */
export function idempotencySlot(tenantId: string, idempotencyKey: string): string {
  return JSON.stringify([tenantId, idempotencyKey]);
}

/** What is known of a message without reading its body. */
export type MessageHeading = Pick<StoredMessage, "messageId" | "tenantId" | "erasedAt">;

export type BodilessMessage = Omit<StoredMessage, "body">;

export interface SubjectFilter {
  readonly tenantId: string;
  readonly subject: string;
  /** Messages whose id sorts after this one; with `newestFirst`, before it. */
  readonly after?: string;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

/** Reads messages, and removes what is left of erased ones. */
export interface MessageStore {
  get(messageId: string): ResultAsync<StoredMessage | null, StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): ResultAsync<StoredMessage | null, StorageError>;

  /**
   * Returns the standing of each message, once however often it is named, all as of one moment. It reads no events, so
   * a damaged event is no error.
   */
  standings(messageIds: readonly string[]): ResultAsync<readonly MessageStanding[], StorageError>;

  /**
   * Lists the tenant's messages about the subject, by id, in order of code points (`byCodePoint`), or in reverse.
   * Erased messages have no subject.
   */
  aboutSubject(filter: SubjectFilter): ResultAsync<readonly BodilessMessage[], StorageError>;

  /**
   * Returns a page of all messages, of all tenants and erased ones too, whose id sorts after `after`; the empty string
   * sorts before all. The event loop gets its turn before each page.
   */
  list(after: string, limit: number): ResultAsync<readonly MessageHeading[], StorageError>;

  /**
   * Cleans up after messages were erased, or secrets replaced or removed. When it resolves `Ok`, nothing of them is
   * left where the storage keeps data:
   *
   * - on SQLite, in any of its files
   * - on PostgreSQL, in any row; the free space of pages, the write-ahead log and replicas may still hold it
   *
   * `StorageError` `locked` is possible if somebody else is reading; `unreachable` if the database user may not clean
   * up there.
   */
  purge(): ResultAsync<void, StorageError>;
}
