import { ok, safeTry, type ResultAsync } from "neverthrow";
import { parseRetryConfig } from "../../domain/retry/index.ts";
import { formatWhsec } from "../../domain/signing/index.ts";
import { checkSecret, type WebhookAlreadyExists, type WebhookNotFound } from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { refused } from "./refused.ts";
import { checkActive, checkSubscription, checkTarget, prepareHeaders, type InputError, type WebhookSettings } from "./webhook-input.ts";
import { requireWebhook } from "./find-webhooks.ts";
import { webhookAggregate, type Webhook } from "./webhook.ts";

export interface NewWebhook extends WebhookSettings {
  /** 1 to 200 visible ASCII characters, never used before; a UUIDv7 if not given. */
  readonly webhookId?: string | undefined;
  readonly tenantId?: string | undefined;
}

/** `WebhookNotFound`: somebody deleted it before it could be read back. */
export type RegisterError = InputError | WebhookAlreadyExists | WebhookNotFound | ExecuteError;

/** Bytes of a generated secret: Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

export function newSecret({ random }: Pick<Dependencies, "random">): string {
  return formatWhsec(random.bytes(SECRET_BYTES));
}

export function registerWebhook(deps: Dependencies, input: NewWebhook): ResultAsync<Webhook, RegisterError> {
  return safeTry(async function* () {
    const { webhookId = deps.ids.next(), tenantId = "" } = input;
    const url = yield* checkTarget(deps, input.url);
    const events = yield* checkSubscription(deps, input.events);
    const secret = yield* checkSecret(input.secret ?? newSecret(deps));
    const active = yield* checkActive(input.active ?? true);
    const retryConfig = yield* parseRetryConfig(input.retryConfig);
    const headers = yield* prepareHeaders(deps, webhookId, input.headers ?? {});
    const secretId = deps.ids.next();
    const put: SecretWrite = {
      op: "put",
      secret: { secretId, webhookId, kind: "signing", value: secret, createdAt: deps.clock.now(), expiresAt: null },
    };
    const data = { webhookId, tenantId, url, events, active, retryConfig, secretId, headers: headers.reference };
    yield* execute(deps, webhookAggregate, webhookId, [{ type: "RegisterWebhook", data }], () => ({
      secrets: [put, ...headers.writes],
    })).mapErr((error) => refused(webhookId, error));
    deps.logger.info("webhook registered", { webhookId, tenantId });
    return ok(yield* requireWebhook(deps, webhookId));
  });
}
