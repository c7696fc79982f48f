export type * from "./commands.ts";
export { matchesEvent, type WebhookConfig } from "./config.ts";
export { webhookDecider } from "./decider.ts";
export * from "./errors.ts";
export type * from "./events.ts";
export { checkHeaderName, checkHeaders, FRAMING_HEADERS, HEADER_NAME, type WebhookHeaders } from "./headers.ts";
export {
  checkId,
  checkName,
  checkOverlap,
  checkRateLimit,
  checkSecret,
  checkTenantId,
  checkUrl,
  overlapEnd,
} from "./rules.ts";
export { parseSchemes } from "./schemes.ts";
export type * from "./state.ts";
