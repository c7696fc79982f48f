export type StreamCategory = "webhook" | "delivery" | "message";

/** `webhook-{webhookId}`, `delivery-{deliveryId}`, `message-{messageId}`. */
export function streamId(category: StreamCategory, id: string): string {
  return `${category}-${id}`;
}
