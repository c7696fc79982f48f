import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createWebhookReadModel({ projected: { webhooks } }: State, door: Door): WebhookReadModel {
  return {
    get: (webhookId) => door.enter(() => webhooks.get(webhookId) ?? null),
    list: (tenantId) => door.enter(() => [...webhooks.values()].filter((webhook) => webhook.tenantId === tenantId)),
  };
}
