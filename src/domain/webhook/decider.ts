import { err, ok } from "neverthrow";
import type { Decider } from "../decider.ts";
import { invalidInput } from "../invalid-input.ts";
import { isFailing, parseRetryConfig } from "../retry/index.ts";
import { DEFAULT_SCHEMES, type SigningScheme } from "../signing/scheme.ts";
import type { DeactivateWebhook, WebhookCommand } from "./commands.ts";
import { alreadySo, type Decision } from "./decision.ts";
import { notRegistered, webhookAlreadyExists, type WebhookRefusal } from "./errors.ts";
import type { WebhookEvent, WebhookRegistered } from "./events.ts";
import { evolve } from "./evolve.ts";
import { keyPairChanged, rotateKeyPair, rotateSecret } from "./rotations.ts";
import { checkId, checkRateLimit, checkTenantId, checkUrl } from "./rules.ts";
import { checkSchemes } from "./schemes.ts";
import { initialState, type RegisteredWebhook, type WebhookState } from "./state.ts";

function decide(command: WebhookCommand, state: WebhookState): Decision {
  if (command.type === "RegisterWebhook") return register(command.data, state);
  if (state.status === "deleted" && command.type === "DeleteWebhook") return alreadySo;
  if (state.status !== "registered") return err(notRegistered);
  return change(command, state);
}

function register(data: WebhookRegistered["data"], state: WebhookState): Decision {
  if (state.status !== "unregistered") return err(webhookAlreadyExists(state.webhookId, state.status === "deleted"));
  return checkId("webhookId", data.webhookId)
    .andThen(() => checkTenantId(data.tenantId))
    .andThen(() => checkUrl(data.url))
    .andThen(() => checkRateLimit(data.rateLimitPerSecond ?? null))
    .andThen(() => checkSchemes(data.schemes ?? DEFAULT_SCHEMES, data.keyPair ?? null))
    .andThen((known) => {
      const schemes = data.schemes === undefined ? {} : { schemes: known };
      return parseRetryConfig(data.retryConfig).map((retryConfig) => ({ ...schemes, retryConfig }));
    })
    .map((parsed) => [{ type: "WebhookRegistered", data: { ...data, ...parsed, events: once(data.events) } }]);
}

function change(command: Exclude<WebhookCommand, { type: "RegisterWebhook" }>, state: RegisteredWebhook): Decision {
  switch (command.type) {
    case "ChangeUrl": {
      const { url } = command.data;
      if (url === state.url) return alreadySo;
      return checkUrl(url).map(() => [{ type: "WebhookUrlChanged", data: { url } }]);
    }
    case "ChangeSubscription": {
      const events = once(command.data.events);
      return sameSet(events, state.events) ? alreadySo : ok([{ type: "WebhookSubscriptionChanged", data: { events } }]);
    }
    case "ChangeRetryConfig":
      return parseRetryConfig(command.data.retryConfig, state.retryConfig).map((retryConfig) =>
        sameFields(retryConfig, state.retryConfig)
          ? []
          : [{ type: "WebhookRetryConfigChanged", data: { retryConfig } }],
      );
    case "ChangeRateLimit":
      return checkRateLimit(command.data.rateLimitPerSecond).map((rateLimitPerSecond) =>
        rateLimitPerSecond === state.rateLimitPerSecond
          ? []
          : [{ type: "WebhookRateLimitChanged", data: { rateLimitPerSecond } }],
      );
    case "ChangeHeaders": {
      const { headers } = command.data;
      return headers?.headersId === state.headers?.headersId
        ? alreadySo
        : ok([{ type: "WebhookHeadersChanged", data: { headers } }]);
    }
    case "RotateSecret":
      return rotateSecret(command.data, state);
    case "ChangeSchemes":
      return changeSchemes(command.data.schemes, state);
    case "AddScheme":
      return changeSchemes([...new Set([...state.schemes, command.data.scheme])], state);
    case "AddKeyPair":
      return state.keyPair === null ? keyPairChanged(command.data.keyPair, null) : alreadySo;
    case "RotateKeyPair":
      return rotateKeyPair(command.data, state);
    case "ActivateWebhook":
      return state.active ? alreadySo : ok([{ type: "WebhookActivated", data: {} }]);
    case "DeactivateWebhook":
      return deactivate(command.data, state);
    case "PauseWebhook":
      return pause(state);
    case "ResumeWebhook":
      return state.paused ? ok([{ type: "WebhookResumed", data: {} }]) : alreadySo;
    case "DeleteWebhook":
      return ok([{ type: "WebhookDeleted", data: {} }]);
  }
}

function changeSchemes(wanted: readonly SigningScheme[], { schemes, keyPair }: RegisteredWebhook): Decision {
  return checkSchemes(wanted, keyPair).map((known) =>
    sameSet(known, schemes) ? [] : [{ type: "WebhookSchemesChanged", data: { schemes: known } }],
  );
}

/** If the reason no longer holds, there is nothing to change. */
function deactivate({ reason, url, failing }: DeactivateWebhook["data"], state: RegisteredWebhook): Decision {
  const isElsewhere = url !== undefined && url !== state.url;
  const isWithinLimit = failing !== undefined && !isFailing(state.retryConfig, failing.since, failing.now);
  if (!state.active || isElsewhere || isWithinLimit) return alreadySo;
  return ok([{ type: "WebhookDeactivated", data: { reason } }]);
}

function pause({ active, paused }: RegisteredWebhook): Decision {
  if (paused) return alreadySo;
  if (!active)
    return err(
      invalidInput("paused", "must not be true for an inactive webhook: it has no deliveries to hold back", true),
    );
  return ok([{ type: "WebhookPaused", data: {} }]);
}

/** Keeps each event type once, in the order given. */
function once(events: readonly string[]): readonly string[] {
  return [...new Set(events)];
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((member) => right.includes(member));
}

/** Whether both have the same fields with the same values, in any order, as the ledger would write them. */
function sameFields(left: object, right: object): boolean {
  const written = (fields: object) => Object.entries(fields).map((field) => JSON.stringify(field));
  return sameSet(written(left), written(right));
}

/** What may happen to one webhook. */
export const webhookDecider: Decider<WebhookState, WebhookCommand, WebhookEvent, WebhookRefusal> = {
  initialState,
  decide,
  evolve,
};
