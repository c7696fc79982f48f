import type { IsoInstant } from "../instant.ts";

export interface DeliveryScheduled {
  readonly type: "DeliveryScheduled";
  readonly data: {
    readonly deliveryId: string;
    readonly messageId: string;
    readonly webhookId: string;
    readonly tenantId: string;
    readonly event: string;
    readonly dueAt: IsoInstant;
  };
}

/**
 * Why an attempt failed. The body of the receiver's answer is not included, as it may repeat the payload: the response
 * store keeps it.
 */
export type AttemptFailure =
  | { readonly kind: "status"; readonly statusCode: number }
  | { readonly kind: "timeout"; readonly timeoutSeconds: number; readonly message: string }
  | { readonly kind: "connection"; readonly code: string | null; readonly message: string }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "signing"; readonly message: string };

/** `retryAt` is null if no attempt follows: this was the last, or the receiver answered 410. */
export interface DeliveryAttemptFailed {
  readonly type: "DeliveryAttemptFailed";
  readonly data: {
    readonly attempt: number;
    readonly failure: AttemptFailure;
    readonly durationMs: number;
    readonly retryAt: IsoInstant | null;
  };
}

export interface DeliverySucceeded {
  readonly type: "DeliverySucceeded";
  readonly data: { readonly attempt: number; readonly statusCode: number; readonly durationMs: number };
}

export interface DeliveryExhausted {
  readonly type: "DeliveryExhausted";
  readonly data: { readonly attempts: number };
}

/**
 * - `webhook-deactivated`: also if the receiver answered 410, and so wants nothing more
 * - `message-missing`: the payload is not in the storage
 * - `message-erased`: the payload was erased on purpose
 */
export type CancellationReason =
  "operator" | "webhook-deleted" | "webhook-deactivated" | "message-missing" | "message-erased";

export interface DeliveryCancelled {
  readonly type: "DeliveryCancelled";
  readonly data: { readonly reason: CancellationReason };
}

export interface RedeliveryRequested {
  readonly type: "RedeliveryRequested";
  readonly data: { readonly dueAt: IsoInstant };
}

export type DeliveryEvent =
  | DeliveryScheduled
  | DeliveryAttemptFailed
  | DeliverySucceeded
  | DeliveryExhausted
  | DeliveryCancelled
  | RedeliveryRequested;
