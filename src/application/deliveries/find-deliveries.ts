import { errAsync, okAsync, safeTry, type ResultAsync } from "neverthrow";
import { deliveryNotFound, type AttemptFailure, type DeliveryNotFound } from "../../domain/delivery/index.ts";
import type { IsoInstant } from "../../domain/instant.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { load } from "../execute.ts";
import { deliveryAggregate, toDelivery, type Delivery } from "./delivery.ts";

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

/** One HTTP request, and what came of it. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  readonly outcome: "delivered" | "failed";
  /** When its outcome was recorded. */
  readonly at: IsoInstant;
  readonly durationMs: number;
  /** Null where no answer came. */
  readonly statusCode: number | null;
  /** Null if it was delivered. */
  readonly failure: AttemptFailure | null;
  /** The first 200 characters that the receiver answered to a failed attempt; null where there were none. */
  readonly response: string | null;
  /** When the next attempt was to be; null where none was. */
  readonly retryAt: IsoInstant | null;
}

/** Every attempt of a delivery whose outcome is known, in order. */
export function listAttempts(
  deps: Reads,
  deliveryId: string,
): ResultAsync<readonly Attempt[], ReadError | DeliveryNotFound> {
  return safeTry(async function* () {
    const { events } = yield* load(deps, deliveryAggregate, deliveryId);
    if (events.length === 0) return errAsync(deliveryNotFound(deliveryId));
    const responses = yield* deps.storage.responses.ofDelivery(deliveryId);
    const excerpts = new Map(responses.map(({ attempt, excerpt }) => [attempt, excerpt]));
    const attempts: Attempt[] = [];
    for (const { type, data, recordedAt: at } of events) {
      if (type === "DeliverySucceeded") {
        attempts.push({ ...data, at, outcome: "delivered", failure: null, response: null, retryAt: null });
      } else if (type === "DeliveryAttemptFailed") {
        const statusCode = data.failure.kind === "status" ? data.failure.statusCode : null;
        attempts.push({ ...data, at, outcome: "failed", statusCode, response: excerpts.get(data.attempt) ?? null });
      }
    }
    return okAsync(attempts);
  });
}
