import type { AppendError } from "../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../ports/storage-error.ts";

/** After so many lost races in a row the caller is to see it. */
export const MOST_TRIES = 10;

/** What a commit was refused for, if it is one of what it can be refused for, or trouble of the storage. Anything else is a bug of the storage's. */
export function refusedFor<Types extends readonly AppendError["type"][]>(
  error: AppendError,
  ...types: Types
): StorageError | Extract<AppendError, { readonly type: Types[number] }> {
  if (error.type === "StorageError" || isOneOf(error, types)) return error;
  return storageError("unexpected", "the storage refused what was not in the commit", error);
}

/** What a decider refuses for a reason that the command cannot have. */
export function neverRefused(refusal: unknown): StorageError {
  return storageError("unexpected", "a bug: the command cannot be refused for this", refusal);
}

function isOneOf<Types extends readonly AppendError["type"][]>(
  error: AppendError,
  types: Types,
): error is Extract<AppendError, { readonly type: Types[number] }> {
  return types.some((type) => type === error.type);
}
