import { err, ok, type Result } from "neverthrow";
import { matchesEvent, type WebhookConfig } from "../webhook/config.ts";
import { webhookInactive, webhookNotFound, type WebhookInactive, type WebhookNotFound } from "../webhook/errors.ts";
import type { SkipReason } from "./events.ts";

type Candidate = Pick<WebhookConfig, "webhookId" | "active" | "events">;

export interface FanOut<Webhook> {
  readonly matched: readonly Webhook[];
  readonly skipped: readonly { readonly webhook: Webhook; readonly reason: SkipReason }[];
}

/** Splits a tenant's webhooks into those that receive `event` and those that don't, with the reason. */
export function fanOut<Webhook extends Pick<Candidate, "active" | "events">>(
  event: string,
  webhooks: readonly Webhook[],
): FanOut<Webhook> {
  const matched: Webhook[] = [];
  const skipped: { webhook: Webhook; reason: SkipReason }[] = [];
  for (const webhook of webhooks) {
    if (matchesEvent(webhook, event)) matched.push(webhook);
    else skipped.push({ webhook, reason: webhook.active ? "not-subscribed" : "inactive" });
  }
  return { matched, skipped };
}

/** The part of a message that says whom it is for. */
export interface Addressed {
  readonly event: string;
  /** Only this webhook, whatever it has subscribed to. By default all that have subscribed to the event. */
  readonly webhookId?: string | undefined;
}

/**
 * Splits a tenant's webhooks into those that receive the message and those that don't. A webhook that the message names
 * must exist and be active.
 */
export function recipientsOf<Webhook extends Candidate>(
  { event, webhookId }: Addressed,
  webhooks: readonly Webhook[],
): Result<FanOut<Webhook>, WebhookNotFound | WebhookInactive> {
  if (webhookId === undefined) return ok(fanOut(event, webhooks));
  const named = webhooks.find((webhook) => webhook.webhookId === webhookId);
  if (named === undefined) return err(webhookNotFound(webhookId));
  if (!named.active) return err(webhookInactive(webhookId));
  const others = webhooks.filter((webhook) => webhook !== named);
  return ok({ matched: [named], skipped: others.map((webhook) => ({ webhook, reason: "not-addressed" })) });
}
