import { getTableColumns, type InferSelectModel } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { arrayOf, isNumber, isString, nullOr, oneOf, shape, type Guard } from "../../domain/ledger/guards.ts";
import type { WebhookView } from "../../domain/ledger/index.ts";
import type { RetryConfig } from "../../domain/retry/index.ts";
import type { DeactivationReason, HeaderReference } from "../../domain/webhook/index.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { parseJson } from "./json.ts";
import { webhooks } from "./schema.ts";

const { registeredPosition, ...viewColumns } = getTableColumns(webhooks);

/** The columns of the view; the place in the listing is not one. */
export const webhookColumns = viewColumns;

export type WebhookRow = Omit<InferSelectModel<typeof webhooks>, "registeredPosition">;

const isReason: Guard<DeactivationReason | null> = nullOr(oneOf("operator", "failing", "gone"));
const isEvents = arrayOf(isString);
const isHeaders: Guard<HeaderReference | null> = nullOr(shape({ headersId: isString, names: arrayOf(isString) }));
const isRetryConfig = shape<RetryConfig>({
  maxRetries: isNumber,
  baseDelaySeconds: isNumber,
  maxDelaySeconds: isNumber,
  backoffMultiplier: isNumber,
  jitterFraction: (value): value is number | undefined => value === undefined || isNumber(value),
});

export function decodeWebhookRow(row: WebhookRow): Result<WebhookView, StorageError> {
  const { active, deactivationReason } = row;
  const events = parseJson(row.events).unwrapOr(null);
  const retryConfig = parseJson(row.retryConfig).unwrapOr(null);
  const headers = row.headers === null ? null : parseJson(row.headers).unwrapOr("");
  if (!isEvents(events)) return damaged(row, "events");
  if (!isRetryConfig(retryConfig)) return damaged(row, "retry_config");
  if (!isHeaders(headers)) return damaged(row, "headers");
  if (!isReason(deactivationReason)) return damaged(row, "deactivation_reason");
  if (active !== 0 && active !== 1) return damaged(row, "active");
  return ok({ ...row, active: active === 1, events, retryConfig, headers, deactivationReason });
}

function damaged({ webhookId }: WebhookRow, column: string): Result<never, StorageError> {
  const message = `the row of the webhook ${webhookId} is damaged in ${column}; ledger.rebuild() makes it anew`;
  return err(storageError("unexpected", message));
}
