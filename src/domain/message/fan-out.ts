import { matchesEvent, type WebhookConfig } from "../webhook/config.ts";
import type { SkipReason } from "./events.ts";

type Candidate = Pick<WebhookConfig, "active" | "events">;

export interface FanOut<Webhook> {
  readonly matched: readonly Webhook[];
  readonly skipped: readonly { readonly webhook: Webhook; readonly reason: SkipReason }[];
}

/** Parts a tenant's webhooks into those that receive `event` and those that don't, with the reason. */
export function fanOut<Webhook extends Candidate>(event: string, webhooks: readonly Webhook[]): FanOut<Webhook> {
  const matched: Webhook[] = [];
  const skipped: { webhook: Webhook; reason: SkipReason }[] = [];
  for (const webhook of webhooks) {
    if (matchesEvent(webhook, event)) matched.push(webhook);
    else skipped.push({ webhook, reason: webhook.active ? "not-subscribed" : "inactive" });
  }
  return { matched, skipped };
}
