export interface DeliveryNotFound {
  readonly type: "DeliveryNotFound";
  readonly deliveryId: string;
  readonly message: string;
}

/** A delivered delivery is never sent again. Its message may be, as another delivery. */
export interface DeliveryAlreadyDelivered {
  readonly type: "DeliveryAlreadyDelivered";
  readonly deliveryId: string;
  readonly message: string;
}

/** The decider's error for "no such delivery". The use case adds the id that was asked for. */
export interface NotScheduled {
  readonly type: "NotScheduled";
  readonly message: string;
}

export const notScheduled: NotScheduled = { type: "NotScheduled", message: "there is no such delivery" };

/** The id already names another delivery. */
export interface DeliveryAlreadyScheduled {
  readonly type: "DeliveryAlreadyScheduled";
  readonly deliveryId: string;
  readonly message: string;
}

/** An outcome for an attempt that cannot have begun, as the attempts before it have no outcome yet. */
export interface AttemptOutOfOrder {
  readonly type: "AttemptOutOfOrder";
  readonly attempt: number;
  readonly expected: number;
  readonly message: string;
}

export type DeliveryRefusal = NotScheduled | DeliveryAlreadyScheduled | DeliveryAlreadyDelivered | AttemptOutOfOrder;

export function deliveryNotFound(deliveryId: string): DeliveryNotFound {
  return { type: "DeliveryNotFound", deliveryId, message: `there is no delivery ${JSON.stringify(deliveryId)}` };
}

export function deliveryAlreadyDelivered(deliveryId: string): DeliveryAlreadyDelivered {
  const message = `the delivery ${deliveryId} was delivered, which is final; messages.resend sends its message again`;
  return { type: "DeliveryAlreadyDelivered", deliveryId, message };
}

export function deliveryAlreadyScheduled(deliveryId: string): DeliveryAlreadyScheduled {
  const message = `the id ${deliveryId} already names a delivery of another message or to another webhook`;
  return { type: "DeliveryAlreadyScheduled", deliveryId, message };
}

export function attemptOutOfOrder(attempt: number, expected: number): AttemptOutOfOrder {
  const message = `an outcome was given for attempt ${attempt}, but the next attempt is ${expected}`;
  return { type: "AttemptOutOfOrder", attempt, expected, message };
}
