import { replay } from "../decider.ts";
import {
  deliveryDecider,
  type CancellationReason,
  type DeliveryEvent,
  type DeliveryStatus,
  type ScheduledDelivery,
} from "../delivery/index.ts";
import { fromIso, type EpochMs } from "../instant.ts";
import type { RecordedEvent } from "./domain-event.ts";

/** A row of the deliveries projection without its lease, which does not derive from the ledger. */
export interface DeliveryView {
  readonly deliveryId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly tenantId: string;
  readonly event: string;
  readonly state: DeliveryStatus;
  readonly attempts: number;
  readonly attemptsBeforeRound: number;
  /** When the next attempt is due; null once settled. */
  readonly nextAttemptAt: EpochMs | null;
  readonly cancellationReason: CancellationReason | null;
  /** The version of the stream that the row reflects. */
  readonly version: number;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** Returns the row of a delivery's stream, by the decider's own `evolve`; null if there is none. */
export function deliveryView(events: readonly RecordedEvent<DeliveryEvent>[]): DeliveryView | null {
  const first = events.at(0);
  const last = events.at(-1);
  const state = replay(deliveryDecider, events);
  if (first === undefined || last === undefined || state.status === "unscheduled") return null;
  const [createdAt, updatedAt] = [fromIso(first.recordedAt), fromIso(last.recordedAt)];
  return viewOf(state, { version: last.version, createdAt, updatedAt });
}

/**
 * Returns the row after one more event, which stands at `version` and was recorded at `recordedAt`; null if there was
 * none and still is none.
 */
export function nextDeliveryView(
  view: DeliveryView | null,
  event: DeliveryEvent,
  version: number,
  recordedAt: EpochMs,
): DeliveryView | null {
  const before = view === null ? deliveryDecider.initialState : deliveryState(view);
  const state = deliveryDecider.evolve(before, event);
  if (state.status === "unscheduled") return view;
  return viewOf(state, { version, createdAt: view?.createdAt ?? recordedAt, updatedAt: recordedAt });
}

/**
 * Written out, like its counterpart below: a row is made for every attempt, and spreading objects takes ten times as
 * long.
 */
function viewOf(state: ScheduledDelivery, at: Pick<DeliveryView, "version" | "createdAt" | "updatedAt">): DeliveryView {
  return {
    deliveryId: state.deliveryId,
    messageId: state.messageId,
    webhookId: state.webhookId,
    tenantId: state.tenantId,
    event: state.event,
    state: state.status,
    attempts: state.attempts,
    attemptsBeforeRound: state.attemptsBeforeRound,
    nextAttemptAt: state.status === "pending" ? state.dueAt : null,
    cancellationReason: state.status === "cancelled" ? state.reason : null,
    version: at.version,
    createdAt: at.createdAt,
    updatedAt: at.updatedAt,
  };
}

/** Returns the state from which {@link deliveryView} made the row. */
export function deliveryState(view: DeliveryView): ScheduledDelivery {
  const { state: status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound } = view;
  switch (status) {
    case "pending": {
      const dueAt = view.nextAttemptAt ?? view.updatedAt;
      return { status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, dueAt };
    }
    case "cancelled": {
      const reason = view.cancellationReason ?? "operator";
      return { status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound, reason };
    }
    case "delivered":
    case "exhausted":
      return { status, deliveryId, messageId, webhookId, tenantId, event, attempts, attemptsBeforeRound };
  }
}
