import { okAsync, type ResultAsync } from "neverthrow";
import type { CancellationReason } from "../../domain/delivery/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute } from "../execute.ts";
import { deliveryAggregate } from "./delivery.ts";

const PAGE = 100;

/**
 * Cancels what is pending for a webhook. Should this break off half-way, the worker cancels the rest as each
 * comes due, since it asks about the webhook before every attempt.
 */
export function cancelPending(
  deps: Pick<Dependencies, "storage" | "clock" | "wakeUps" | "logger">,
  webhookId: string,
  reason: CancellationReason,
  after?: string,
): ResultAsync<void, StorageError> {
  const filter = { webhookId, state: "pending", limit: PAGE, ...(after !== undefined && { after }) } as const;
  return deps.storage.deliveries.list(filter).andThen((page) => {
    const last = page.at(-1);
    if (last === undefined) return okAsync(deps.wakeUps.notify());
    const cancelled = page.reduce<ResultAsync<unknown, never>>(
      (before, { deliveryId }) => before.andThen(() => cancelOne(deps, deliveryId, reason)),
      okAsync(undefined),
    );
    return cancelled.andThen(() => cancelPending(deps, webhookId, reason, last.deliveryId));
  });
}

function cancelOne(
  deps: Pick<Dependencies, "storage" | "clock" | "logger">,
  deliveryId: string,
  reason: CancellationReason,
): ResultAsync<unknown, never> {
  return execute(deps, deliveryAggregate, deliveryId, [{ type: "CancelDelivery", data: { reason } }]).orElse(
    (error) => {
      deps.logger.warn("a delivery could not be cancelled; it will be when it comes due", {
        deliveryId,
        error: error.type,
      });
      return okAsync(undefined);
    },
  );
}
