import type { AppendError } from "../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../ports/storage-error.ts";

/** After so many lost races in a row the caller is to see it. */
export const MOST_TRIES = 10;

/** Narrows an append's error to the refusals that this commit can meet. Any other is a bug in the adapter, and comes back as `unexpected`. */
export function refusedFor<Types extends readonly AppendError["type"][]>(
  error: AppendError,
  ...types: Types
): StorageError | Extract<AppendError, { readonly type: Types[number] }> {
  if (error.type === "StorageError" || isOneOf(error, types)) return error;
  return storageError("unexpected", "the storage refused the commit for a reason that does not apply to it", error);
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
