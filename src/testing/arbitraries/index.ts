// `hookledger/testing/arbitraries`: fast-check's arbitraries of commands, events, histories and payloads.

export {
  attemptFailures,
  deliveryCommandLists,
  deliveryCommands,
  deliveryEvents,
  deliveryHistories,
} from "./deliveries.ts";
export { historyOf } from "./histories.ts";
export { anyFiniteNumber, anyJson, anyText } from "./json-values.ts";
export { retryConfigs } from "./retry-configs.ts";
export { eventTypes, instants } from "./values.ts";
export { webhookCommandLists, webhookCommands, webhookEvents, webhookHistories } from "./webhooks.ts";
