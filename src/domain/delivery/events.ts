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
 * Why an attempt failed. What the receiver answered in its body is not here: it may repeat the payload.
 * It is kept beside the payload, in the response store.
 */
export type AttemptFailure =
  | { readonly kind: "status"; readonly statusCode: number }
  | { readonly kind: "timeout"; readonly timeoutSeconds: number; readonly message: string }
  | { readonly kind: "connection"; readonly code: string | null; readonly message: string }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "signing"; readonly message: string };

/** `retryAt` is null where no attempt follows: this was the last, or the receiver answered 410. */
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
 * `webhook-deactivated`: also where the receiver answered 410, and so wants nothing more. `message-missing`: its payload
 * is not in the storage. `message-erased`: its payload was erased on purpose.
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
