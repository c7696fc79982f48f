import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import type { Door } from "./door.ts";
import { pageById } from "./page-by-id.ts";
import type { State } from "./state.ts";

export function createWebhookReadModel(state: State, door: Door): WebhookReadModel {
  const { webhooks } = state.projected;
  return {
    revision: () => door.enter(() => state.revision),
    get: (webhookId) => door.enter(() => webhooks.get(webhookId) ?? null),
    list: (tenantId) => door.enter(() => [...webhooks.values()].filter((webhook) => webhook.tenantId === tenantId)),
    listAll: ({ activeOnly, after = "", limit }) =>
      door.enter(() =>
        pageById(
          [...webhooks.values()].filter(({ active }) => active || !activeOnly),
          ({ webhookId }) => webhookId,
          after,
          limit,
        ),
      ),
  };
}
