import { err, ok, type Result } from "neverthrow";
import type { DeliveryStatus } from "../../domain/delivery/index.ts";
import { isWithinDates } from "../../domain/instant.ts";
import { nullOr, oneOf, type Guard } from "../../domain/guards.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import { isCancellationReason } from "../../domain/ledger/value-guards.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

/** A row of the deliveries as the database returns it. */
export interface DeliveryRow extends Omit<DeliveryView, "state" | "cancellationReason"> {
  readonly state: string;
  readonly cancellationReason: string | null;
}

/** Lists the settled states, so that a row with an unknown state counts as possibly pending. */
export const settledStates = ["delivered", "exhausted", "cancelled"] as const;

export const isSettled: Guard<(typeof settledStates)[number]> = oneOf(...settledStates);
const isStatus: Guard<DeliveryStatus> = oneOf("pending", ...settledStates);
const isReason = nullOr(isCancellationReason);

export function decodeDeliveryRow(row: DeliveryRow): Result<DeliveryView, StorageError> {
  const { state, cancellationReason } = row;
  if (!isStatus(state)) return damaged(row, "state");
  if (!isReason(cancellationReason)) return damaged(row, "cancellation_reason");
  if (!isWithinDates(row.createdAt)) return damaged(row, "created_at");
  if (!isWithinDates(row.updatedAt)) return damaged(row, "updated_at");
  if (!isWithinDates(row.nextAttemptAt ?? 0)) return damaged(row, "next_attempt_at");
  return ok({ ...row, state, cancellationReason });
}

function damaged({ deliveryId }: DeliveryRow, column: string): Result<never, StorageError> {
  const message = `the column ${column} of the delivery ${deliveryId} is damaged; call ledger.rebuild() to restore it`;
  return err(storageError("unexpected", message));
}
