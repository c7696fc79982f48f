import type { InvalidInput } from "../invalid-input.ts";

export interface WebhookNotFound {
  readonly type: "WebhookNotFound";
  readonly webhookId: string;
  readonly message: string;
}

/** Nothing can be sent to the webhook until it is activated. */
export interface WebhookInactive {
  readonly type: "WebhookInactive";
  readonly webhookId: string;
  readonly message: string;
}

/**
 * The id is in use, or was used by a webhook that has been `deleted`: an id is never reused. If it is another tenant's,
 * `hooks.tenant` does not tell whether it was deleted.
 */
export interface WebhookAlreadyExists {
  readonly type: "WebhookAlreadyExists";
  readonly webhookId: string;
  readonly deleted: boolean;
  readonly message: string;
}

/** The decider's error for "no such webhook". Most commands do not carry the id, so the use case adds it. */
export interface NotRegistered {
  readonly type: "NotRegistered";
  readonly message: string;
}

export const notRegistered: NotRegistered = { type: "NotRegistered", message: "there is no such webhook" };

export type WebhookRefusal = InvalidInput | WebhookAlreadyExists | NotRegistered;

export function webhookNotFound(webhookId: string): WebhookNotFound {
  return { type: "WebhookNotFound", webhookId, message: `there is no webhook ${JSON.stringify(webhookId)}` };
}

export function webhookInactive(webhookId: string): WebhookInactive {
  const message = `the webhook ${JSON.stringify(webhookId)} is not active, so nothing is sent to it: activate it first`;
  return { type: "WebhookInactive", webhookId, message };
}

export function webhookAlreadyExists(webhookId: string, deleted: boolean): WebhookAlreadyExists {
  const id = JSON.stringify(webhookId);
  const message = deleted
    ? `the webhook ${id} was deleted, and its id cannot be used again; register under another webhookId`
    : `the webhook ${id} already exists; update it, or register under another webhookId`;
  return { type: "WebhookAlreadyExists", webhookId, deleted, message };
}
