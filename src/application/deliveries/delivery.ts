import { toIso, type IsoInstant } from "../../domain/instant.ts";
import {
  deliveryDecider,
  type CancellationReason,
  type DeliveryCommand,
  type DeliveryEvent,
  type DeliveryRefusal,
  type DeliveryState,
  type DeliveryStatus,
} from "../../domain/delivery/index.ts";
import { isDeliveryEvent, type DeliveryView } from "../../domain/ledger/index.ts";
import type { Aggregate } from "../execute.ts";

export const deliveryAggregate: Aggregate<DeliveryState, DeliveryCommand, DeliveryEvent, DeliveryRefusal> = {
  category: "delivery",
  decider: deliveryDecider,
  owns: isDeliveryEvent,
};

/** One message on its way to one webhook. */
export interface Delivery {
  readonly deliveryId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly tenantId: string;
  readonly event: string;
  readonly state: DeliveryStatus;
  /** Attempts made so far. */
  readonly attempts: number;
  /** When the next attempt is due; null once the delivery is settled. */
  readonly nextAttemptAt: IsoInstant | null;
  /** Why it was cancelled; null if it was not. */
  readonly cancellationReason: CancellationReason | null;
  readonly createdAt: IsoInstant;
  readonly updatedAt: IsoInstant;
}

export function toDelivery(view: DeliveryView): Delivery {
  return {
    deliveryId: view.deliveryId,
    messageId: view.messageId,
    webhookId: view.webhookId,
    tenantId: view.tenantId,
    event: view.event,
    state: view.state,
    attempts: view.attempts,
    nextAttemptAt: view.nextAttemptAt === null ? null : toIso(view.nextAttemptAt),
    cancellationReason: view.cancellationReason,
    createdAt: toIso(view.createdAt),
    updatedAt: toIso(view.updatedAt),
  };
}
