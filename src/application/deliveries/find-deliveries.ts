import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { deliveryNotFound, type DeliveryNotFound } from "../../domain/delivery/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { toDelivery, type Delivery } from "./delivery.ts";

type Reads = Pick<Dependencies, "storage">;

export function findDelivery({ storage }: Reads, deliveryId: string): ResultAsync<Delivery | null, StorageError> {
  return storage.deliveries.get(deliveryId).map((view) => (view === null ? null : toDelivery(view)));
}

export function requireDelivery(
  deps: Reads,
  deliveryId: string,
): ResultAsync<Delivery, StorageError | DeliveryNotFound> {
  return findDelivery(deps, deliveryId).andThen((delivery) =>
    delivery === null ? errAsync(deliveryNotFound(deliveryId)) : okAsync(delivery),
  );
}
