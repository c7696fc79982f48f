import type { AppendError } from "../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../ports/storage-error.ts";

/** After this many lost races in a row, the caller gets the error. */
export const MOST_TRIES = 10;

/**
 * Narrows an append's error to the refusals that this commit can meet. Any other refusal is a bug in the adapter, and
 * is returned as `unexpected`.
 */
export function refusedFor<Types extends readonly AppendError["type"][]>(
  error: AppendError,
  ...types: Types
): StorageError | Extract<AppendError, { readonly type: Types[number] }> {
  if (error.type === "StorageError" || isOneOf(error, types)) return error;
  return storageError(
    "unexpected",
    "a bug in the storage: it refused the commit for a reason that cannot apply",
    error,
  );
}

/** Turns a refusal that the command cannot meet, which is a bug, into a `StorageError`, `unexpected`. */
export function neverRefused(refusal: unknown): StorageError {
  return storageError("unexpected", "a bug: the command was refused for a reason that cannot apply to it", refusal);
}

function isOneOf<Types extends readonly AppendError["type"][]>(
  error: AppendError,
  types: Types,
): error is Extract<AppendError, { readonly type: Types[number] }> {
  return types.some((type) => type === error.type);
}
