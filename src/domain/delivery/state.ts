import type { EpochMs } from "../instant.ts";
import type { CancellationReason } from "./events.ts";

interface Known {
  readonly deliveryId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly tenantId: string;
  readonly event: string;
  /** Attempts whose outcome is known, over all rounds. */
  readonly attempts: number;
  /** Attempts before the present round. A redelivery starts a round, with every retry anew. */
  readonly attemptsBeforeRound: number;
}

export interface PendingDelivery extends Known {
  readonly status: "pending";
  readonly dueAt: EpochMs;
}

export interface CancelledDelivery extends Known {
  readonly status: "cancelled";
  readonly reason: CancellationReason;
}

export interface FinishedDelivery extends Known {
  readonly status: "delivered" | "exhausted";
}

export type ScheduledDelivery = PendingDelivery | CancelledDelivery | FinishedDelivery;

export type DeliveryState = { readonly status: "unscheduled" } | ScheduledDelivery;

/** The statuses of a scheduled delivery. All but `pending` are settled. */
export type DeliveryStatus = ScheduledDelivery["status"];

/** Settled, but not delivered. Such a delivery can be redelivered. */
export type EndedStatus = Extract<DeliveryStatus, "exhausted" | "cancelled">;

export const initialState: DeliveryState = { status: "unscheduled" };
