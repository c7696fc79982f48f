import { storageError, type StorageError } from "../../ports/storage-error.ts";

export function insideTransaction(): StorageError {
  const what = "the application has a transaction open on the database handle, so hookledger wrote nothing";
  return storageError("locked", `${what}; call again after the transaction has ended`);
}

export function notKept(): StorageError {
  const what = "the application has published in a transaction that is still open on the database handle";
  return storageError("locked", `${what} and may be rolled back; call again after it has ended`);
}

/** SQLite does so if the disk is full, and may do so if it cannot be read or written. */
export function takenBack(error: StorageError): StorageError {
  return { ...error, message: `${error.message}; SQLite has rolled back the whole transaction and ended it` };
}

export function noTransaction(): StorageError {
  const message = "no transaction is open on the database handle; publish inside one, or publish without within";
  return storageError("no-transaction", message);
}
