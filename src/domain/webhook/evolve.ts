import type { WebhookEvent } from "./events.ts";
import type { WebhookState } from "./state.ts";

/** Total: a change to a webhook that is not registered changes nothing. */
export function evolve(state: WebhookState, event: WebhookEvent): WebhookState {
  if (event.type === "WebhookRegistered") {
    return state.status === "unregistered" ? { status: "registered", deactivationReason: null, ...event.data } : state;
  }
  if (state.status !== "registered") return state;
  switch (event.type) {
    case "WebhookUrlChanged":
    case "WebhookSubscriptionChanged":
    case "WebhookRetryConfigChanged":
    case "WebhookHeadersChanged":
      return { ...state, ...event.data };
    case "WebhookSecretRotated":
      return { ...state, secretId: event.data.secretId };
    case "WebhookActivated":
      return { ...state, active: true, deactivationReason: null };
    case "WebhookDeactivated":
      return { ...state, active: false, deactivationReason: event.data.reason };
    case "WebhookDeleted":
      return { status: "deleted", webhookId: state.webhookId };
  }
}
