import type { EpochMs } from "../instant.ts";
import type { RetryConfig } from "../retry/index.ts";
import type { AttemptFailure, CancellationReason } from "./events.ts";

export interface ScheduleDelivery {
  readonly type: "ScheduleDelivery";
  readonly data: {
    readonly deliveryId: string;
    readonly messageId: string;
    readonly webhookId: string;
    readonly tenantId: string;
    readonly event: string;
    readonly now: EpochMs;
  };
}

/** `attempt` counts the delivery's attempts from 1. */
export interface RecordSuccess {
  readonly type: "RecordSuccess";
  readonly data: { readonly attempt: number; readonly statusCode: number; readonly durationMs: number };
}

/**
 * `retryAfterSeconds` is what the receiver asked for in `Retry-After`, null if it asked for nothing. `random`, from 0
 * up to 1, is for the jitter.
 */
export interface RecordFailure {
  readonly type: "RecordFailure";
  readonly data: {
    readonly attempt: number;
    readonly failure: AttemptFailure;
    readonly durationMs: number;
    readonly retryAfterSeconds: number | null;
    readonly retryConfig: RetryConfig;
    readonly now: EpochMs;
    readonly random: number;
  };
}

export interface CancelDelivery {
  readonly type: "CancelDelivery";
  readonly data: { readonly reason: CancellationReason };
}

export interface RequestRedelivery {
  readonly type: "RequestRedelivery";
  readonly data: { readonly now: EpochMs };
}

export type DeliveryCommand = ScheduleDelivery | RecordSuccess | RecordFailure | CancelDelivery | RequestRedelivery;
