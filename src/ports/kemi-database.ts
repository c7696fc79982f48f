import type { ResultAsync } from "neverthrow";
import type { StorageError } from "./storage-error.ts";

/** A row of kemi's `webhooks` table, as read: nothing has been checked yet. */
export interface KemiRow {
  readonly webhookId: unknown;
  readonly url: unknown;
  /** A JSON array of event types, as text. */
  readonly events: unknown;
  readonly secret: unknown;
  readonly active: unknown;
  readonly retryMax: unknown;
  readonly retryBaseDelay: unknown;
  readonly retryMaxDelay: unknown;
  readonly retryMultiplier: unknown;
}

/** Reads a database that kemi's `webhooks.py` wrote. Never changes it. */
export interface KemiDatabase {
  /** Returns all rows, the oldest first. */
  readWebhooks(path: string): ResultAsync<readonly KemiRow[], StorageError>;
}
