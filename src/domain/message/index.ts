export { canonicalJson } from "./canonical-json.ts";
export { canonicalString } from "./canonical-string.ts";
export {
  checkCatalogue,
  checkEventType,
  defineEvents,
  memoryEvents,
  parseSubscriptions,
  type EventCatalogue,
  type EventTypeOf,
  type PayloadOf,
  type PayloadSchema,
  type SchemaIssue,
  type SchemaVerdict,
  type SubscriptionOf,
} from "./catalogue.ts";
export {
  messageNotFound,
  payloadErased,
  type MessageNotFound,
  type PayloadErased,
  type PayloadTooLarge,
} from "./errors.ts";
export { parseWebhookEventType, WebhookEventType, type UnknownEventType } from "./event-type.ts";
export type * from "./events.ts";
export { fanOut, recipientsOf, type Addressed, type FanOut } from "./fan-out.ts";
export { describeThrown, formatPath, type NotJson } from "./not-json.ts";
export { checkPayloadSize, DEFAULT_PAYLOAD_BYTES } from "./payload-size.ts";
export { buildPayload, type PayloadParts, type WebhookPayload } from "./payload.ts";
