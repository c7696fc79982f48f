import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { Fence } from "../../ports/commit.ts";
import type { WriteSets } from "./append-statements.ts";

/** One row of a set. */
export type RowOf<Name extends keyof WriteSets> = Parameters<WriteSets[Name]["values"]>[0][number];

/**
 * A delivery that is due this soon is put with the ready ones: moving it there later costs as much as looking past it.
 */
const SOON_MS = 1000;

export function pendingOf(
  { deliveryId, webhookId, nextAttemptAt, updatedAt }: DeliveryView,
  fence: Fence | undefined,
): readonly RowOf<"pending">[] {
  if (nextAttemptAt === null) return [];
  const ready = nextAttemptAt <= updatedAt + SOON_MS;
  const { leaseOwner, leaseExpiresAt } = asLease(fence);
  return [{ deliveryId, webhookId, dueAt: nextAttemptAt, ready, leaseOwner, leaseExpiresAt }];
}

export function changedTo(view: DeliveryView, before: number): RowOf<"changed"> {
  const { deliveryId, state, attempts, attemptsBeforeRound, nextAttemptAt, cancellationReason, version, updatedAt } =
    view;
  return {
    deliveryId,
    state,
    attempts,
    attemptsBeforeRound,
    nextAttemptAt,
    cancellationReason,
    version,
    updatedAt,
    before,
  };
}

export function settledOf({ deliveryId }: DeliveryView, fence: Fence | undefined): RowOf<"settled"> {
  const { leaseOwner, leaseExpiresAt } = asLease(fence);
  return { deliveryId, leaseOwner, leaseExpiresAt };
}

function asLease(fence: Fence | undefined) {
  return { leaseOwner: fence?.owner ?? null, leaseExpiresAt: fence?.now ?? null };
}
