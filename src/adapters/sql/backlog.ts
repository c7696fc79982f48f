import { err, ok, type Result } from "neverthrow";
import { isWithinDates } from "../../domain/instant.ts";
import type { QueueBacklog } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** A time before all dates can only have been written by somebody else; a time after them is not due. */
export function checkBacklog(backlog: QueueBacklog): Result<QueueBacklog, StorageError> {
  if (isWithinDates(backlog.dueSince ?? 0)) return ok(backlog);
  const message = "the row of a pending delivery has a damaged due time; call ledger.rebuild() to restore it";
  return err(storageError("unexpected", message));
}
