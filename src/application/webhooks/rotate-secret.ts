import { ok, safeTry, type ResultAsync } from "neverthrow";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import {
  checkOverlap,
  checkSecret,
  overlapEnd,
  type RotateSecret,
  type WebhookNotFound,
  type WebhookRefusal,
} from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute, type ExecuteError } from "../execute.ts";
import { requireWebhook } from "./find-webhooks.ts";
import { generateSecret, putSecret } from "./new-secret.ts";
import { refused } from "./refused.ts";
import { webhookAggregate, type Webhook } from "./webhook.ts";

export interface Rotation {
  /** How long the present secret goes on signing beside the new one; a day by default, 0 for not at all. */
  readonly overlapSeconds?: number | undefined;
  /** The new secret; one is made if none is given. */
  readonly secret?: string | undefined;
}

export type RotateError =
  InvalidInput | Exclude<WebhookRefusal, { type: "NotRegistered" }> | WebhookNotFound | ExecuteError;

const A_DAY_SECONDS = 86_400;

/** Gives the webhook a new secret. During the overlap each attempt carries a signature by the new one and by the old. */
export function rotateSecret(
  deps: Dependencies,
  webhookId: string,
  { overlapSeconds = A_DAY_SECONDS, secret = generateSecret(deps) }: Rotation = {},
): ResultAsync<Webhook, RotateError> {
  return safeTry(async function* () {
    const overlap = yield* checkOverlap(overlapSeconds);
    const { command, writes } = prepareSecret(deps, webhookId, yield* checkSecret(secret), overlap);
    yield* execute(deps, webhookAggregate, webhookId, [command], { secrets: writes }).mapErr((error) =>
      refused(webhookId, error),
    );
    return ok(yield* requireWebhook(deps, webhookId));
  });
}

/** The command that tells of a new secret, and what becomes of the old ones. */
export function prepareSecret(
  deps: Pick<Dependencies, "ids" | "clock">,
  webhookId: string,
  value: string,
  overlapSeconds: number,
): { readonly command: RotateSecret; readonly writes: readonly SecretWrite[] } {
  const now = deps.clock.now();
  const { secretId, put } = putSecret(deps, { webhookId, kind: "signing", value, now });
  return {
    command: { type: "RotateSecret", data: { secretId, overlapSeconds, now } },
    writes: [{ op: "expire", webhookId, kind: "signing", expiresAt: overlapEnd(now, overlapSeconds), now }, put],
  };
}
