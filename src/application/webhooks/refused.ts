import type { InvalidInput } from "../../domain/invalid-input.ts";
import {
  webhookNotFound,
  type NotRegistered,
  type WebhookNotFound,
  type WebhookRefusal,
} from "../../domain/webhook/index.ts";
import type { ExecuteError } from "../execute.ts";
import { neverRefused } from "../refused-append.ts";

export type ChangeError = InvalidInput | WebhookNotFound | ExecuteError;

/** Adds the id that was asked for to the decider's "no such webhook". */
export function refused<Failure extends { readonly type: string }>(
  webhookId: string,
  error: Failure | NotRegistered,
): Failure | WebhookNotFound {
  return isNotRegistered(error) ? webhookNotFound(webhookId) : error;
}

function isNotRegistered(error: { readonly type: string }): error is NotRegistered {
  return error.type === "NotRegistered";
}

/** Does the same for a change. Only a registration can be refused because the webhook already exists. */
export function refusedChange(webhookId: string, error: WebhookRefusal | ExecuteError): ChangeError {
  const failure = refused(webhookId, error);
  return failure.type === "WebhookAlreadyExists" ? neverRefused(failure) : failure;
}
