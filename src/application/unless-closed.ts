import { err, type Result } from "neverthrow";
import { storageError, type StorageError } from "../ports/storage-error.ts";

/**
 * Returns the answer of the application's schema, or `StorageError`, `closed`, if the instance is closed first. The
 * schema may never answer, and closing does not wait for it.
 */
export async function unlessClosed<T, E>(
  closing: AbortSignal,
  answering: PromiseLike<Result<T, E>>,
): Promise<Result<T, E | StorageError>> {
  const settled = new AbortController();
  const closed = new Promise<Result<never, StorageError>>((resolve) => {
    const close = () =>
      resolve(err(storageError("closed", "hookledger was closed before the schema of the event answered")));
    if (closing.aborted) close();
    else closing.addEventListener("abort", close, { signal: settled.signal });
  });
  try {
    return await Promise.race([answering, closed]);
  } finally {
    settled.abort();
  }
}
