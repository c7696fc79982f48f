import { fromIso } from "../instant.ts";
import type { DeliveryEvent } from "./events.ts";
import type { DeliveryState, ScheduledDelivery } from "./state.ts";

/** Total. Delivered is final: no event changes it. */
export function evolve(state: DeliveryState, event: DeliveryEvent): DeliveryState {
  if (event.type === "DeliveryScheduled") {
    if (state.status !== "unscheduled") return state;
    const { dueAt, ...data } = event.data;
    return { ...data, status: "pending", attempts: 0, attemptsBeforeRound: 0, dueAt: fromIso(dueAt) };
  }
  if (state.status === "unscheduled" || state.status === "delivered") return state;
  const known = withoutStatus(state);
  switch (event.type) {
    case "DeliveryAttemptFailed": {
      const { attempt, retryAt } = event.data;
      if (state.status !== "pending") return state;
      return { ...state, attempts: attempt, dueAt: retryAt === null ? state.dueAt : fromIso(retryAt) };
    }
    case "DeliverySucceeded":
      return { ...known, status: "delivered", attempts: Math.max(state.attempts, event.data.attempt) };
    case "DeliveryExhausted":
      return { ...known, status: "exhausted" };
    case "DeliveryCancelled":
      return { ...known, status: "cancelled", reason: event.data.reason };
    case "RedeliveryRequested":
      return { ...known, status: "pending", attemptsBeforeRound: state.attempts, dueAt: fromIso(event.data.dueAt) };
  }
}

function withoutStatus(state: ScheduledDelivery) {
  const { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound } = state;
  return { deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound };
}
