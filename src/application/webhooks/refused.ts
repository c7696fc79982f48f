import { webhookNotFound, type NotRegistered, type WebhookNotFound } from "../../domain/webhook/index.ts";

/** Gives the decider's "no such webhook" the id that was asked for. */
export function refused<Failure extends { readonly type: string }>(
  webhookId: string,
  error: Failure | NotRegistered,
): Failure | WebhookNotFound {
  return isNotRegistered(error) ? webhookNotFound(webhookId) : error;
}

function isNotRegistered(error: { readonly type: string }): error is NotRegistered {
  return error.type === "NotRegistered";
}
