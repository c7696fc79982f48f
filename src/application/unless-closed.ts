import { err, type Result } from "neverthrow";
import { storageError, type StorageError } from "../ports/storage-error.ts";

/** What a schema of the application's answers, which may be never: closing does not wait for it. */
export async function unlessClosed<T, E>(
  closing: AbortSignal,
  answering: PromiseLike<Result<T, E>>,
): Promise<Result<T, E | StorageError>> {
  let close: () => void = () => undefined;
  const closed = new Promise<Result<never, StorageError>>((resolve) => {
    close = () => resolve(err(storageError("closed", "the instance was closed before the schema answered")));
    if (closing.aborted) close();
    else closing.addEventListener("abort", close);
  });
  try {
    return await Promise.race([answering, closed]);
  } finally {
    closing.removeEventListener("abort", close);
  }
}
