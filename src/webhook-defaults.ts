import { err, Result } from "neverthrow";
import type { WebhookDefaults } from "./application/dependencies.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { Given, NamesOf } from "./domain/known-names.ts";
import { parseRetryConfig, type RetryConfig } from "./domain/retry/index.ts";
import { DEFAULT_SCHEMES, type SigningScheme } from "./domain/signing/index.ts";
import { checkRateLimit, parseSchemes } from "./domain/webhook/index.ts";

/** The settings of a webhook whose registration leaves them out. Existing webhooks keep theirs. */
export interface GivenWebhookDefaults {
  /** Five attempts within 15 seconds by default. A webhook's own `retryConfig` is completed with this one. */
  readonly retryConfig?: Given<RetryConfig> | undefined;
  /** `kemi` and `v1` by default. With `v1a` every webhook gets a key pair. */
  readonly schemes?: readonly SigningScheme[] | undefined;
  /** None by default. A registration that is to have none then says null. */
  readonly rateLimitPerSecond?: number | null | undefined;
}

export const webhookDefaultNames: NamesOf<GivenWebhookDefaults> = {
  retryConfig: true,
  schemes: true,
  rateLimitPerSecond: true,
};

export function parseWebhookDefaults({
  retryConfig,
  schemes = DEFAULT_SCHEMES,
  rateLimitPerSecond = null,
}: GivenWebhookDefaults = {}): Result<WebhookDefaults, InvalidInput> {
  return Result.combine([parseRetryConfig(retryConfig), parseSchemes(schemes), checkRateLimit(rateLimitPerSecond)])
    .map(([retry, known, limit]) => ({ retryConfig: retry, schemes: known, rateLimitPerSecond: limit }))
    .orElse((error) => err(inside(error)));
}

/** Names the field as the caller wrote it. */
function inside({ field, message, ...error }: InvalidInput): InvalidInput {
  return { ...error, field: `webhookDefaults.${field}`, message: `webhookDefaults.${message}` };
}
