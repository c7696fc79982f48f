import { errAsync, okAsync, safeTry, type ResultAsync } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError } from "../../ports/storage-error.ts";
import { deliveryAggregate } from "../deliveries/delivery.ts";
import { describeFailure } from "../deliveries/judge-exchange.ts";
import type { Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";

/** What became of a message at one webhook, in the seed's form. */
export type DispatchResult =
  | { readonly webhookId: string; readonly url: string; readonly statusCode: number; readonly success: true }
  | { readonly webhookId: string; readonly url: string; readonly error: string; readonly success: false };

/** Reads from the ledger how a settled delivery ended. */
export function dispatchResult(
  { storage }: Pick<Dependencies, "storage">,
  deliveryId: string,
  target: { readonly webhookId: string; readonly url: string },
): ResultAsync<DispatchResult, ReadError> {
  return safeTry(async function* () {
    const { state, events } = yield* load({ storage }, deliveryAggregate, deliveryId);
    const success = events.find((event) => event.type === "DeliverySucceeded");
    if (success !== undefined)
      return okAsync<DispatchResult>({ ...target, statusCode: success.data.statusCode, success: true });
    switch (state.status) {
      case "cancelled":
        return okAsync<DispatchResult>({ ...target, error: `cancelled: ${state.reason}`, success: false });
      case "exhausted": {
        const failed = events.findLast((event) => event.type === "DeliveryAttemptFailed");
        if (failed === undefined) break;
        const responses = yield* storage.responses.ofDelivery(deliveryId);
        const excerpt = responses.find(({ attempt }) => attempt === failed.data.attempt)?.excerpt ?? null;
        return okAsync<DispatchResult>({
          ...target,
          error: describeFailure(failed.data.failure, excerpt),
          success: false,
        });
      }
      case "unscheduled":
      case "pending":
      case "delivered":
        break;
    }
    const message = `closed before the delivery ${deliveryId} was settled; it is pending, and a worker takes it up`;
    return errAsync(storageError("closed", message));
  });
}
