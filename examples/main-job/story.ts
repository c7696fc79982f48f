import type { AttemptFailure, RecordedEvent } from "hookledger";
import { paint } from "./paint.ts";

/** The ledger's events of one delivery, its message and its webhook, in order, one event a line. */
export function story(
  ledger: readonly RecordedEvent[],
  delivery: { deliveryId: string; messageId: string; webhookId: string },
): string {
  const { deliveryId, messageId, webhookId } = delivery;
  const streams = [`webhook-${webhookId}`, `message-${messageId}`, `delivery-${deliveryId}`];
  const events = ledger.filter(({ streamId }) => streams.includes(streamId));
  const start = Date.parse(events[0]?.recordedAt ?? "");
  const lines = events.map((event) => {
    const position = `#${event.position}`.padStart(5);
    const seconds = `+${((Date.parse(event.recordedAt) - start) / 1000).toFixed(3)} s`.padStart(10);
    return `${paint("cyan", position)} ${paint("dim", seconds)}  ${inWords(event)}`;
  });
  return lines.join("\n");
}

function inWords(event: RecordedEvent): string {
  switch (event.type) {
    case "WebhookRegistered": {
      const { webhookId, url, retryConfig } = event.data;
      return `the webhook ${webhookId} is registered on ${new URL(url).host}, for at most ${retryConfig.maxRetries} attempts`;
    }
    case "MessagePublished": {
      const { matched, skipped } = event.data;
      return `${event.data.event} is published: for ${matched.map(({ webhookId }) => webhookId).join(", ")}; ${skipped.length} skipped`;
    }
    case "DeliveryScheduled":
      return `its delivery to ${event.data.webhookId} is scheduled, and due at once`;
    case "DeliveryAttemptFailed": {
      const { attempt, failure, durationMs, retryAt } = event.data;
      const next =
        retryAt === null ? "there is no other" : `the next is due in ${secondsBetween(event.recordedAt, retryAt)} s`;
      return `attempt ${attempt} ${paint("yellow", "failed")} after ${durationMs} ms: ${reason(failure)}; ${next}`;
    }
    case "DeliverySucceeded":
      return `attempt ${event.data.attempt} ${paint("green", "succeeded")} after ${event.data.durationMs} ms: HTTP ${event.data.statusCode}`;
    case "DeliveryExhausted":
      return `the delivery is ${paint("red", "exhausted")} after ${event.data.attempts} attempts; redeliver() would try again`;
    case "DeliveryCancelled":
      return `the delivery is cancelled: ${event.data.reason}`;
    case "RedeliveryRequested":
      return "somebody asked for a redelivery";
    case "WebhookDeactivated":
      return `the webhook is deactivated: ${event.data.reason}`;
    case "WebhookUrlChanged":
    case "WebhookSubscriptionChanged":
    case "WebhookRetryConfigChanged":
    case "WebhookHeadersChanged":
    case "WebhookRateLimitChanged":
    case "WebhookSecretRotated":
    case "WebhookSchemesChanged":
    case "WebhookKeyPairRotated":
    case "WebhookActivated":
    case "WebhookPaused":
    case "WebhookResumed":
    case "WebhookDeleted":
    case "MessageAddressed":
    case "MessageErased":
      return event.type;
  }
}

function reason(failure: AttemptFailure): string {
  switch (failure.kind) {
    case "status":
      return `HTTP ${failure.statusCode}`;
    case "connection":
      return failure.code === "ECONNREFUSED" ? "connection refused" : (failure.code ?? failure.message);
    case "timeout":
      return `no answer within ${failure.timeoutSeconds} s`;
    case "forbidden":
      return "the address is not allowed";
    case "signing":
      return "it could not be signed";
  }
}

function secondsBetween(from: string, to: string): string {
  return ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);
}
