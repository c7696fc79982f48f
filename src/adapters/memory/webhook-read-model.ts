import { byCodePoint } from "../../domain/by-code-point.ts";
import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import type { Door } from "./door.ts";
import type { State } from "./state.ts";

export function createWebhookReadModel(state: State, door: Door): WebhookReadModel {
  const { webhooks } = state.projected;
  return {
    revision: () => door.enter(() => state.revision),
    get: (webhookId) => door.enter(() => webhooks.get(webhookId) ?? null),
    list: (tenantId) => door.enter(() => [...webhooks.values()].filter((webhook) => webhook.tenantId === tenantId)),
    listAll: ({ activeOnly, after = "", limit }) =>
      door.enter(() =>
        [...webhooks.values()]
          .filter(({ webhookId, active }) => byCodePoint(webhookId, after) > 0 && (active || !activeOnly))
          .sort((one, other) => byCodePoint(one.webhookId, other.webhookId))
          .slice(0, limit),
      ),
  };
}
