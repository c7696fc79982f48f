import { storageError, type StorageError } from "../../ports/storage-error.ts";

export function insideTransaction(): StorageError {
  const message =
    "the database handle is inside a transaction of the application's, which hookledger cannot write into; nothing was written: call again after it has ended";
  return storageError("locked", message);
}

export function notKept(): StorageError {
  const message =
    "the application has published in a transaction that is still open on the database handle, and may roll it back; call again after it has ended";
  return storageError("locked", message);
}

/** SQLite does so if the disk is full, and may do so if it cannot be read or written. */
export function takenBack(error: StorageError): StorageError {
  return { ...error, message: `${error.message}; SQLite has taken back all of the transaction, and ended it` };
}

export function noTransaction(): StorageError {
  const message = "there is no transaction open on the database handle; call it inside one, or publish without it";
  return storageError("no-transaction", message);
}
