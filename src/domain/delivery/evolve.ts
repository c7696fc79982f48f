import { fromIso, type EpochMs } from "../instant.ts";
import type { CancellationReason, DeliveryEvent, DeliveryScheduled } from "./events.ts";
import type {
  CancelledDelivery,
  DeliveryState,
  FinishedDelivery,
  PendingDelivery,
  ScheduledDelivery,
} from "./state.ts";

/** Total. Delivered is final: no event changes it. */
export function evolve(state: DeliveryState, event: DeliveryEvent): DeliveryState {
  if (event.type === "DeliveryScheduled") {
    if (state.status !== "unscheduled") return state;
    return pending(event.data, 0, 0, fromIso(event.data.dueAt));
  }
  if (state.status === "unscheduled" || state.status === "delivered") return state;
  switch (event.type) {
    case "DeliveryAttemptFailed": {
      const { attempt, retryAt } = event.data;
      if (state.status !== "pending") return state;
      return pending(state, attempt, state.attemptsBeforeRound, retryAt === null ? state.dueAt : fromIso(retryAt));
    }
    case "DeliverySucceeded":
      return finished(state, "delivered", Math.max(state.attempts, event.data.attempt));
    case "DeliveryExhausted":
      return finished(state, "exhausted", state.attempts);
    case "DeliveryCancelled":
      return cancelled(state, event.data.reason);
    case "RedeliveryRequested":
      return pending(state, state.attempts, state.attempts, fromIso(event.data.dueAt));
  }
}

// Written out, because a state is made for every attempt and spreading one takes ten times as long.

function pending(
  { deliveryId, messageId, webhookId, tenantId, event }: Omit<DeliveryScheduled["data"], "dueAt">,
  attempts: number,
  attemptsBeforeRound: number,
  dueAt: EpochMs,
): PendingDelivery {
  const status = "pending";
  return { status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt };
}

function finished(state: ScheduledDelivery, status: FinishedDelivery["status"], attempts: number): FinishedDelivery {
  const { deliveryId, messageId, webhookId, tenantId, event, attemptsBeforeRound } = state;
  return { status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound };
}

function cancelled(state: ScheduledDelivery, reason: CancellationReason): CancelledDelivery {
  const { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound } = state;
  const status = "cancelled";
  return { status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, reason };
}
