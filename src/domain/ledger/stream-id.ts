export type StreamCategory = "webhook" | "delivery" | "message";

/** `webhook-{webhookId}`, `delivery-{deliveryId}`, `message-{messageId}`. */
export function streamId(category: StreamCategory, id: string): string {
  return `${category}-${id}`;
}

/** Returns what comes after the first hyphen: the id in `webhook-{webhookId}`. */
export function idIn(streamId: string): string {
  return streamId.slice(streamId.indexOf("-") + 1);
}
