import type { DeliveryEvent, PendingDelivery } from "../../domain/delivery/index.ts";
import type { Logger } from "../../ports/logger.ts";

/** Logs the outcome of an attempt. The receiver's answer is left out: it may repeat the payload. */
export function logOutcome(logger: Logger, delivery: PendingDelivery, events: readonly DeliveryEvent[]): void {
  for (const event of events) {
    switch (event.type) {
      case "DeliverySucceeded": {
        // The usual outcome is written out: spreading an object and adding to it takes V8 some 3 µs, whether anybody
        // logs or not.
        const { deliveryId, webhookId, messageId, tenantId, event: eventType } = delivery;
        const { attempt, statusCode, durationMs } = event.data;
        logger.info("delivered", {
          deliveryId,
          webhookId,
          messageId,
          tenantId,
          event: eventType,
          attempt,
          statusCode,
          durationMs,
        });
        break;
      }
      case "DeliveryAttemptFailed": {
        const { attempt, failure, retryAt, durationMs } = event.data;
        const why = failure.kind === "status" ? `HTTP ${failure.statusCode}` : failure.message;
        // That a request cannot be signed is our own failure, and not the receiver's.
        const level = failure.kind === "signing" ? "error" : "warn";
        logger[level]("delivery attempt failed", { ...factsOf(delivery), attempt, failure: why, retryAt, durationMs });
        break;
      }
      case "DeliveryExhausted":
        logger.error("delivery exhausted", { ...factsOf(delivery), attempts: event.data.attempts });
        break;
      case "DeliveryCancelled":
        logger.info("delivery cancelled", { ...factsOf(delivery), reason: event.data.reason });
        break;
      case "DeliveryScheduled":
      case "RedeliveryRequested":
        break;
    }
  }
}

function factsOf({ deliveryId, webhookId, messageId, tenantId, event }: PendingDelivery) {
  return { deliveryId, webhookId, messageId, tenantId, event };
}
