import { err, errAsync, ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { parseRetryConfig, type RetryConfig } from "../../domain/retry/index.ts";
import { DEFAULT_SCHEMES } from "../../domain/signing/index.ts";
import { checkId } from "../../domain/webhook/index.ts";
import type { KemiDatabase, KemiRow } from "../../ports/kemi-database.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import type { Dependencies } from "../dependencies.ts";
import { registerWebhook, type NewWebhook, type RegisterError } from "./register-webhook.ts";

export interface KemiSource extends Attribution {
  /** The kemi database's file. */
  readonly path: string;
}

export const sourceNames: NamesOf<KemiSource> = { path: true, actor: true };

export interface KemiImport {
  readonly imported: number;
  /** Rows whose webhook is known, from an earlier import or otherwise. They are left as they are. */
  readonly alreadyThere: number;
  /** Rows that cannot be adopted, each with the reason. */
  readonly rejected: readonly { readonly webhookId: string; readonly reason: string }[];
}

/**
 * Adopts the webhooks of a kemi database: registers each row of its `webhooks` table under its own id. Running it again
 * adds nothing. The kemi database is only read.
 */
export function importFromKemi(
  deps: Dependencies,
  kemi: KemiDatabase,
  { path, actor }: KemiSource,
): ResultAsync<KemiImport, StorageError | InvalidInput> {
  return safeTry(async function* () {
    yield* actorMetadata(actor);
    const rows = yield* kemi.readWebhooks(path);
    const rejected: { webhookId: string; reason: string }[] = [];
    let imported = 0;
    let alreadyThere = 0;
    for (const row of rows) {
      const outcome = yield* adopt(deps, row, actor);
      if (outcome === "imported") imported += 1;
      else if (outcome === "already there") alreadyThere += 1;
      else rejected.push({ webhookId: String(row.webhookId), reason: outcome.reason });
    }
    return ok({ imported, alreadyThere, rejected });
  });
}

type Adoption = "imported" | "already there" | { readonly reason: string };

/** Trouble with the row rejects the row; trouble with the storage ends the import. */
function adopt(deps: Dependencies, row: KemiRow, actor: string | undefined): ResultAsync<Adoption, StorageError> {
  return parseRow(row)
    .asyncAndThen((webhook): ResultAsync<unknown, RegisterError> =>
      registerWebhook(deps, { ...webhook, schemes: DEFAULT_SCHEMES, actor }),
    )
    .map((): Adoption => "imported")
    .orElse((error): ResultAsync<Adoption, StorageError> => {
      if (error.type === "StorageError") return errAsync(error);
      return okAsync(error.type === "WebhookAlreadyExists" ? "already there" : { reason: error.message });
    });
}

function parseRow(row: KemiRow): Result<NewWebhook, InvalidInput> {
  return safeTry(function* () {
    const webhookId = yield* checkId("webhook_id", row.webhookId);
    const url = yield* text("url", row.url);
    const secret = yield* text("secret", row.secret);
    const events = yield* parseEvents(row.events);
    const retryConfig = yield* parseRetry(row);
    return ok({ webhookId, url, secret, events, retryConfig, active: row.active !== 0 });
  });
}

function text(field: string, value: unknown): Result<string, InvalidInput> {
  return typeof value === "string" ? ok(value) : err(invalidInput(field, "must be text", value));
}

/**
 * Rejects a row whose list is damaged. Kemi reads such a list as an empty one, and so loses the subscription. It
 * knows no patterns.
 */
function parseEvents(events: unknown): Result<readonly string[], InvalidInput> {
  if (events === "") return ok([]);
  const notEvents = (received: unknown) => invalidInput("events", "must be a JSON array of event types", received);
  return text("events", events)
    .andThen((json) => parseJson(json).mapErr(() => notEvents(json)))
    .andThen((parsed) => (Array.isArray(parsed) && parsed.every(isNoPattern) ? ok(parsed) : err(notEvents(parsed))));
}

function isNoPattern(event: unknown): event is string {
  return typeof event === "string" && !event.includes("*");
}

function parseRetry(row: KemiRow): Result<RetryConfig, InvalidInput> {
  return parseRetryConfig({
    maxRetries: row.retryMax,
    baseDelaySeconds: row.retryBaseDelay,
    maxDelaySeconds: row.retryMaxDelay,
    backoffMultiplier: row.retryMultiplier,
  });
}
