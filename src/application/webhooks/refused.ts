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

/** The same for a change: only a registration is refused because there is such a webhook. */
export function refusedChange(webhookId: string, error: WebhookRefusal | ExecuteError): ChangeError {
  const failure = refused(webhookId, error);
  return failure.type === "WebhookAlreadyExists" ? neverRefused(failure) : failure;
}
