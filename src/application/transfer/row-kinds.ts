import type { ResultAsync } from "neverthrow";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { StoredSecret } from "../../ports/secret-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Storage } from "../../ports/storage.ts";
import type { Restoration } from "../../ports/transfer.ts";

/** Rows that belong to a ledger but are not in it: how they are read, and put into another storage. */
export interface RowKind<Row extends object> {
  readonly what: "messages" | "secrets" | "responses";
  /** Reads the page that begins after a row; the first page if that is undefined. */
  pageAfter(storage: Storage, last: Row | undefined): ResultAsync<readonly Row[], StorageError>;
  restorationOf(rows: readonly Row[]): Restoration;
}

/** How many rows, or events, are read at a time. */
export const ROWS_A_PAGE = 500;

export const messageRows: RowKind<StoredMessage> = {
  what: "messages",
  pageAfter: ({ transfer }, last) => transfer.messages(last?.messageId ?? "", ROWS_A_PAGE),
  restorationOf: (messages) => ({ messages }),
};

export const secretRows: RowKind<StoredSecret> = {
  what: "secrets",
  pageAfter: ({ transfer }, last) => transfer.secrets(last?.secretId ?? "", ROWS_A_PAGE),
  restorationOf: (secrets) => ({ secrets }),
};

export const responseRows: RowKind<StoredResponse> = {
  what: "responses",
  pageAfter: ({ transfer }, last) => transfer.responses(last ?? { deliveryId: "", attempt: 0 }, ROWS_A_PAGE),
  restorationOf: (responses) => ({ responses }),
};
