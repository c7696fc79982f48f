import { err, type Result } from "neverthrow";
import { storageError, type StorageError } from "../ports/storage-error.ts";

/** What a schema of the application's answers, which may be never: closing does not wait for it. */
export async function unlessClosed<T, E>(
  closing: AbortSignal,
  answering: PromiseLike<Result<T, E>>,
): Promise<Result<T, E | StorageError>> {
  const settled = new AbortController();
  const closed = new Promise<Result<never, StorageError>>((resolve) => {
    const close = () => resolve(err(storageError("closed", "the instance was closed before the schema answered")));
    if (closing.aborted) close();
    else closing.addEventListener("abort", close, { signal: settled.signal });
  });
  try {
    return await Promise.race([answering, closed]);
  } finally {
    settled.abort();
  }
}
