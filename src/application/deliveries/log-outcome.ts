import type { DeliveryEvent, PendingDelivery } from "../../domain/delivery/index.ts";
import type { Logger } from "../../ports/logger.ts";

/** Tells what an attempt came to. A receiver's answer is left out: it may repeat the payload. */
export function logOutcome(logger: Logger, delivery: PendingDelivery, events: readonly DeliveryEvent[]): void {
  const { deliveryId, webhookId, messageId, tenantId, event: eventType } = delivery;
  const of = { deliveryId, webhookId, messageId, tenantId, event: eventType };
  for (const event of events) {
    switch (event.type) {
      case "DeliverySucceeded": {
        const { attempt, statusCode, durationMs } = event.data;
        logger.info("delivered", { ...of, attempt, statusCode, durationMs });
        break;
      }
      case "DeliveryAttemptFailed": {
        const { attempt, failure, retryAt, durationMs } = event.data;
        const why = failure.kind === "status" ? `HTTP ${failure.statusCode}` : failure.message;
        logger.warn("delivery attempt failed", { ...of, attempt, failure: why, retryAt, durationMs });
        break;
      }
      case "DeliveryExhausted":
        logger.error("delivery exhausted", { ...of, attempts: event.data.attempts });
        break;
      case "DeliveryCancelled":
        logger.info("delivery cancelled", { ...of, reason: event.data.reason });
        break;
      case "DeliveryScheduled":
      case "RedeliveryRequested":
        break;
    }
  }
}
