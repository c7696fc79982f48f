import type { RetryConfig } from "../retry/index.ts";
import { subscribesTo } from "./subscription.ts";

/** A webhook as the application sees it: kemi's `WebhookConfig`. */
export interface WebhookConfig {
  readonly webhookId: string;
  readonly url: string;
  /** Event types, groups such as `order.*`, or `*` for all. */
  readonly events: readonly string[];
  /** The newest signing secret. Readable, but not enumerable: JSON, spread and `inspect` don't show it. */
  readonly secret: string;
  readonly active: boolean;
  readonly retryConfig: RetryConfig;
}

/** Whether the webhook is active and subscribes to `event`: kemi's `matches_event`. */
export function matchesEvent(webhook: Pick<WebhookConfig, "active" | "events">, event: string): boolean {
  return webhook.active && subscribesTo(webhook.events, event);
}
