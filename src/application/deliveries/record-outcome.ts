import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import {
  deliveryDecider,
  type DeliveryCommand,
  type DeliveryEvent,
  type DeliveryRefusal,
} from "../../domain/delivery/index.ts";
import { streamId } from "../../domain/ledger/index.ts";
import type { ClaimedDelivery } from "../../ports/delivery-queue.ts";
import type { StoredResponse } from "../../ports/response-store.ts";
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
  owner: string,
  { delivery, version }: ClaimedDelivery,
  command: DeliveryCommand,
  responses: readonly StoredResponse[] = [],
): Recorded {
  const { deliveryId } = delivery;
  return deliveryDecider
    .decide(command, delivery)
    .asyncAndThen((events) => {
      const append = { streamId: streamId("delivery", deliveryId), expectedVersion: version, events };
      return appendTo(deps, append, { responses }).map(() => events);
    })
    .orElse((error): Recorded => {
      if (error.type !== "VersionConflict") return errAsync(error);
      return execute(deps, deliveryAggregate, deliveryId, [command], () => ({ responses })).map(({ events }) => events);
    })
    .andThen((events): Recorded =>
      events.length > 0 ? okAsync(events) : deps.storage.queue.release(owner, [deliveryId]).map(() => events),
    );
}
