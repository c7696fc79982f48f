import { ResultAsync, type Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { inTime } from "../in-time.ts";
import type { Slots } from "./slots.ts";

/**
 * Waits for runs to end, up to a deadline, and then releases what they still hold. Runs that have begun since are not
 * waited for, and keep what they hold.
 *
 * @param runs - the runs that were told to end, each with the owner of its leases
 */
export async function finishOrRelease(
  { storage, clock }: Dependencies,
  slots: Slots,
  runs: ReadonlyMap<Promise<unknown>, string>,
  deadlineSeconds: number,
): Promise<Result<void, StorageError>> {
  await inTime<unknown>(clock, deadlineSeconds, Promise.all(runs.keys()), () => undefined);
  const owners = new Set(runs.values());
  const releases = [...slots.held()]
    .filter(([owner]) => owners.has(owner))
    .map(([owner, deliveryIds]) => storage.queue.release(owner, deliveryIds));
  return ResultAsync.combine(releases).map(() => undefined);
}
