export { byStream } from "./by-stream.ts";
export { decodeEvent } from "./decode-event.ts";
export { deliveryState, deliveryView, nextDeliveryView, type DeliveryView } from "./delivery-view.ts";
export type * from "./domain-event.ts";
export { idIn, streamId, type StreamCategory } from "./stream-id.ts";
export { belongsIn, isDeliveryEvent, isMessageEvent, isWebhookEvent } from "./stream-kind.ts";
export { webhookView, type WebhookView } from "./webhook-view.ts";
