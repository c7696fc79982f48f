import { DEFAULT_SCHEMES } from "../signing/scheme.ts";
import type { WebhookEvent } from "./events.ts";
import type { WebhookState } from "./state.ts";

/** Total: a change to a webhook that is not registered changes nothing. */
export function evolve(state: WebhookState, event: WebhookEvent): WebhookState {
  if (event.type === "WebhookRegistered") {
    if (state.status !== "unregistered") return state;
    const { schemes = DEFAULT_SCHEMES, keyPair = null, rateLimitPerSecond = null } = event.data;
    const settings = { ...event.data, schemes, keyPair, rateLimitPerSecond };
    return { status: "registered", deactivationReason: null, paused: false, ...settings };
  }
  if (state.status !== "registered") return state;
  switch (event.type) {
    case "WebhookUrlChanged":
    case "WebhookSubscriptionChanged":
    case "WebhookRetryConfigChanged":
    case "WebhookRateLimitChanged":
    case "WebhookHeadersChanged":
    case "WebhookSchemesChanged":
      return { ...state, ...event.data };
    case "WebhookSecretRotated":
      return { ...state, secretId: event.data.secretId };
    case "WebhookKeyPairRotated":
      return { ...state, keyPair: event.data.keyPair };
    case "WebhookActivated":
      return { ...state, active: true, deactivationReason: null };
    case "WebhookDeactivated":
      return { ...state, active: false, deactivationReason: event.data.reason, paused: false };
    case "WebhookPaused":
      return { ...state, paused: true };
    case "WebhookResumed":
      return { ...state, paused: false };
    case "WebhookDeleted":
      return { status: "deleted", webhookId: state.webhookId };
  }
}
