import { err, ok, type Result } from "neverthrow";
import { arrayOf, isString, nullOr } from "../../domain/guards.ts";
import { isWebhookEvent, webhookView, type RecordedEvent, type WebhookView } from "../../domain/ledger/index.ts";
import {
  isDeactivationReason,
  isHeaderReference,
  isKeyPairReference,
  isRateLimit,
  isRetryConfig,
  isSchemes,
} from "../../domain/ledger/value-guards.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { wholeStream, type DamagedEvent } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";

type AsText = "events" | "deactivationReason" | "retryConfig" | "headers" | "schemes" | "keyPair";

/** A row of the webhooks as the database returns it: its JSON is still text. */
export interface WebhookRow extends Omit<WebhookView, AsText | "active" | "paused"> {
  /** SQLite has no booleans, only 0 and 1. */
  readonly active: boolean | number;
  readonly paused: boolean | number;
  readonly events: string;
  readonly deactivationReason: string | null;
  readonly retryConfig: string;
  readonly headers: string | null;
  readonly schemes: string;
  readonly keyPair: string | null;
}

const isReason = nullOr(isDeactivationReason);
const isEvents = arrayOf(isString);
const isKeyPair = nullOr(isKeyPairReference);

export function decodeWebhookRow(row: WebhookRow): Result<WebhookView, StorageError> {
  const { deactivationReason } = row;
  const [active, paused] = [Number(row.active), Number(row.paused)];
  const events = parseJson(row.events).unwrapOr(null);
  const retryConfig = parseJson(row.retryConfig).unwrapOr(null);
  const headers = parsedOrNull(row.headers);
  const schemes = parseJson(row.schemes).unwrapOr(null);
  const keyPair = parsedOrNull(row.keyPair);
  if (!isEvents(events)) return damaged(row, "events");
  if (!isRetryConfig(retryConfig)) return damaged(row, "retry_config");
  if (!isHeaderReference(headers)) return damaged(row, "headers");
  if (!isSchemes(schemes)) return damaged(row, "schemes");
  if (!isRateLimit(row.rateLimitPerSecond)) return damaged(row, "rate_limit_per_second");
  if (!isKeyPair(keyPair)) return damaged(row, "key_pair");
  if (!isReason(deactivationReason)) return damaged(row, "deactivation_reason");
  if (active !== 0 && active !== 1) return damaged(row, "active");
  if (paused !== 0 && paused !== 1) return damaged(row, "paused");
  const flags = { active: active === 1, paused: paused === 1 };
  return ok({ ...row, ...flags, events, retryConfig, headers, schemes, keyPair, deactivationReason });
}

/** Returns what the ledger says in place of a damaged row. An error would be one for all of the tenant's webhooks. */
export function viewByStream(
  damage: StorageError,
  stream: Result<readonly RecordedEvent[], DamagedEvent>,
): Result<WebhookView, StorageError> {
  const view = stream
    .andThen(wholeStream)
    .map((events) => webhookView(events.filter(isWebhookEvent)))
    .unwrapOr(null);
  return view === null ? err(damage) : ok(view);
}

export function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Turns text that is not JSON into a value that no guard accepts. */
function parsedOrNull(text: string | null): unknown {
  return text === null ? null : parseJson(text).unwrapOr("");
}

function damaged({ webhookId }: WebhookRow, column: string): Result<never, StorageError> {
  const what = `the column ${column} of the webhook ${webhookId} is damaged`;
  const message = `${what}, and the webhook's stream in the ledger cannot restore it`;
  return err(storageError("damaged", message));
}
