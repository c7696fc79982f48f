import { errAsync, okAsync, safeTry, type ResultAsync } from "neverthrow";
import {
  deliveryNotFound,
  type AttemptFailure,
  type DeliveryAttemptFailed,
  type DeliveryEvent,
  type DeliveryNotFound,
} from "../../domain/delivery/index.ts";
import { isGone } from "../../domain/retry/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { deliveryAggregate } from "../deliveries/delivery.ts";
import type { Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";

/** The outcome of a message at one webhook, in kemi's form. */
export type DispatchResult =
  | { readonly webhookId: string; readonly url: string; readonly statusCode: number; readonly success: true }
  | { readonly webhookId: string; readonly url: string; readonly error: string; readonly success: false };

/**
 * Reads from the ledger how a settled delivery ended. `DeliveryNotFound`: it has been pruned, so its outcome is
 * unknown.
 */
export function dispatchResult(
  { storage }: Pick<Dependencies, "storage">,
  deliveryId: string,
  target: { readonly webhookId: string; readonly url: string },
): ResultAsync<DispatchResult, ReadError | DeliveryNotFound> {
  const failedWith = ({
    data: { attempt, failure },
  }: DeliveryAttemptFailed): ResultAsync<DispatchResult, StorageError> =>
    storage.responses.ofDeliveries([deliveryId]).map((responses) => {
      const excerpt = responses.find((response) => response.attempt === attempt)?.excerpt ?? null;
      return { ...target, error: describeFailure(failure, excerpt), success: false };
    });
  return safeTry(async function* () {
    const { state, events } = yield* load({ storage }, deliveryAggregate, deliveryId);
    const success = events.find((event) => event.type === "DeliverySucceeded");
    if (success !== undefined)
      return okAsync<DispatchResult>({ ...target, statusCode: success.data.statusCode, success: true });
    switch (state.status) {
      case "cancelled": {
        const gone = answeredGone(events);
        if (gone !== null) return failedWith(gone);
        return okAsync<DispatchResult>({ ...target, error: `cancelled: ${state.reason}`, success: false });
      }
      case "exhausted": {
        const failed = events.findLast((event) => event.type === "DeliveryAttemptFailed");
        if (failed === undefined) break;
        return failedWith(failed);
      }
      case "unscheduled": {
        const message = `the delivery ${deliveryId} was settled and pruned before its outcome was read`;
        return errAsync({ ...deliveryNotFound(deliveryId), message });
      }
      case "pending":
      case "delivered":
        break;
    }
    const what = `hookledger was closed before the delivery ${deliveryId} was settled`;
    return errAsync(storageError("closed", `${what}; the delivery is pending, and a worker will take it up`));
  });
}

/**
 * Returns the 410 for which the delivery was cancelled: the event just before its end. Null if it was cancelled for
 * something else.
 */
function answeredGone(events: readonly DeliveryEvent[]): DeliveryAttemptFailed | null {
  const failed = events.at(-2);
  if (failed?.type !== "DeliveryAttemptFailed" || failed.data.failure.kind !== "status") return null;
  return isGone(failed.data.failure.statusCode) ? failed : null;
}

/** Describes a failed attempt in kemi's words: `HTTP 500: <first 200 characters>`, or what the transport said. */
export function describeFailure(failure: AttemptFailure, excerpt: string | null): string {
  return failure.kind === "status" ? `HTTP ${failure.statusCode}: ${excerpt ?? ""}` : failure.message;
}
