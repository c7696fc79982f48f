import { errAsync, okAsync, ResultAsync } from "neverthrow";
import {
  deliveryDecider,
  type DeliveryCommand,
  type DeliveryEvent,
  type DeliveryRefusal,
} from "../../domain/delivery/index.ts";
import { streamId } from "../../domain/ledger/index.ts";
import type { ClaimedDelivery, Lease } from "../../ports/delivery-queue.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { appendTo, execute, type ExecuteError } from "../execute.ts";
import { deliveryAggregate } from "./delivery.ts";

type Deps = Pick<Dependencies, "storage" | "clock">;
type Recorded = ResultAsync<readonly DeliveryEvent[], DeliveryRefusal | ExecuteError>;

/**
 * Appends an outcome at the version under which the delivery was claimed. If the stream has moved on, the
 * lease was lost: the outcome is decided again, against what the delivery has become, and may come to nothing.
 */
export function recordOutcome(
  deps: Deps,
  lease: Lease,
  { delivery, version }: ClaimedDelivery,
  command: DeliveryCommand,
  responses: readonly StoredResponse[] = [],
): Recorded {
  const { deliveryId } = delivery;
  return deliveryDecider
    .decide(command, delivery)
    .asyncAndThen((events) => {
      const append = { streamId: streamId("delivery", deliveryId), expectedVersion: version, events };
      return persist(deps, lease, () => appendTo(deps, append, { responses })).map(() => events);
    })
    .orElse((error): Recorded => {
      if (error.type !== "VersionConflict") return errAsync(error);
      const anew = () => execute(deps, deliveryAggregate, deliveryId, [command], { responses });
      return persist(deps, lease, anew);
    })
    .andThen((events): Recorded =>
      events.length > 0 ? okAsync(events) : deps.storage.queue.release(lease.owner, [deliveryId]).map(() => events),
    );
}

/** Between two tries at a storage that may soon take the outcome. */
const PAUSE_MS = 100;

/**
 * Tries again while the storage may yet take it and nobody else may take the delivery over: the receiver has
 * answered, and an outcome that is dropped is a request that is repeated.
 */
function persist<T, E extends { readonly type: string }>(
  deps: Deps,
  lease: Lease,
  write: () => ResultAsync<T, E | StorageError>,
): ResultAsync<T, E | StorageError> {
  return write().orElse((error) => {
    if (!isRetryable(error) || deps.clock.now() + PAUSE_MS >= lease.until) return errAsync(error);
    const paused = deps.clock.sleep(PAUSE_MS, new AbortController().signal);
    return ResultAsync.fromSafePromise(paused).andThen(() => persist(deps, lease, write));
  });
}

function isRetryable(error: { readonly type: string }): boolean {
  return error.type === "StorageError" && "retryable" in error && error.retryable === true;
}
