import { ok, safeTry, type ResultAsync } from "neverthrow";
import { parseSubscriptions } from "../../domain/message/index.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import { parseRetryConfig } from "../../domain/retry/index.ts";
import {
  checkId,
  checkRateLimit,
  checkSecret,
  webhookAlreadyExists,
  type WebhookAlreadyExists,
  type WebhookCommand,
  type WebhookNotFound,
  type WebhookRefusal,
} from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { actorMetadata, attributionNames, type Attribution } from "../attribution.ts";
import { checkFlag } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { resolveTenant } from "../tenant.ts";
import { prepareSchemes } from "./key-pair.ts";
import { generateSecret, putSecret } from "./new-secret.ts";
import { refused } from "./refused.ts";
import { checkTarget, prepareHeaders, settingNames, type InputError, type WebhookSettings } from "./webhook-input.ts";
import { changedWebhook } from "./find-webhooks.ts";
import { webhookAggregate, type Webhook } from "./webhook.ts";

export interface NewWebhook extends WebhookSettings, Attribution {
  /** 1 to 200 visible ASCII characters, never used before; a UUIDv7 if not given. */
  readonly webhookId?: string | undefined;
  /** Whose messages it gets: those published with the same `tenantId`; the default tenant's if not given. */
  readonly tenantId?: string | undefined;
  /** Whether its deliveries wait from the beginning, until an update says `paused: false`. */
  readonly paused?: boolean | undefined;
}

export const newWebhookNames: NamesOf<NewWebhook> = {
  ...settingNames,
  ...attributionNames,
  webhookId: true,
  tenantId: true,
  paused: true,
};

/** `WebhookNotFound`: somebody deleted it before it could be read back. */
export type RegisterError = InputError | WebhookAlreadyExists | WebhookNotFound | ReadError;

/** If another webhook is registered under the id at the same moment, the second try finds it. */
const TRIES = 2;

export function registerWebhook(deps: Dependencies, input: NewWebhook): ResultAsync<Webhook, RegisterError> {
  return safeTry(async function* () {
    const given = withDefaults(deps, input);
    const metadata = yield* actorMetadata(given.actor);
    const webhookId = yield* checkId("webhookId", given.webhookId);
    const tenantId = yield* resolveTenant(deps, given.tenantId);
    const url = yield* checkTarget(deps, given.url);
    const events = yield* parseSubscriptions(deps.catalogue, given.events);
    const secret = yield* checkSecret(given.secret);
    const active = yield* checkFlag("active", given.active);
    const paused = yield* checkFlag("paused", given.paused);
    const retryConfig = yield* parseRetryConfig(given.retryConfig, deps.webhookDefaults.retryConfig);
    const rateLimitPerSecond = yield* checkRateLimit(given.rateLimitPerSecond);
    const { schemes, keyPair } = yield* prepareSchemes(deps, webhookId, given, {
      isKept: false,
      defaults: deps.webhookDefaults.schemes,
    });
    const headers = yield* prepareHeaders(deps, webhookId, given.headers);
    const { secretId, put } = putSecret(deps, { webhookId, kind: "signing", value: secret, now: deps.clock.now() });
    const references = { headers: headers.reference, keyPair: keyPair?.reference ?? null };
    const settings = { url, events, active, retryConfig, rateLimitPerSecond, schemes };
    const data = { webhookId, tenantId, secretId, ...settings, ...references };
    const secrets = [put, ...headers.writes, ...(keyPair === null ? [] : [keyPair.put])];
    const pause: readonly WebhookCommand[] = paused ? [{ type: "PauseWebhook" }] : [];
    const registration: readonly WebhookCommand[] = [{ type: "RegisterWebhook", data }, ...pause];
    yield* execute(deps, webhookAggregate, webhookId, registration, { secrets, metadata }, TRIES).mapErr((error) =>
      refusedRegistration(webhookId, error),
    );
    deps.logger.info("webhook registered", { webhookId, tenantId });
    return ok(yield* changedWebhook(deps, webhookId));
  });
}

/** A stream that conflicts, but reads as empty, belongs to another tenant: all tenants share the ids. */
function refusedRegistration(webhookId: string, error: WebhookRefusal | ExecuteError) {
  const failure = refused(webhookId, error);
  return failure.type === "VersionConflict" ? webhookAlreadyExists(webhookId, false) : failure;
}

/** Only what is left out gets its default. Null is a mistake, and is refused with the rest. */
function withDefaults(
  deps: Dependencies,
  {
    webhookId = deps.ids.next(),
    secret = generateSecret(deps),
    active = true,
    paused = false,
    headers = {},
    rateLimitPerSecond = deps.webhookDefaults.rateLimitPerSecond,
    ...rest
  }: NewWebhook,
) {
  return { webhookId, secret, active, paused, headers, rateLimitPerSecond, ...rest };
}
