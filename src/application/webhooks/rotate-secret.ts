import { ok, safeTry, type ResultAsync } from "neverthrow";
import type { NamesOf } from "../../domain/known-names.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import { checkOverlap, checkSecret, type WebhookCommand } from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { SigningFailed } from "../../ports/signer.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import type { Dependencies } from "../dependencies.ts";
import { execute } from "../execute.ts";
import { changedWebhook, requireView } from "./find-webhooks.ts";
import { generateKeyPair, newKeyPair, replaceKeyPair, signByKeyPair } from "./key-pair.ts";
import { generateSecret, replaceSecret } from "./new-secret.ts";
import { refusedChange, type ChangeError } from "./refused.ts";
import { webhookAggregate, type Webhook } from "./webhook.ts";

interface RotationBy extends Attribution {
  /**
   * How long the present one goes on signing beside the new one; a day by default, 0 for not at all. At most ten old
   * ones go on signing, the newest, with the present one among them.
   */
  readonly overlapSeconds?: number | undefined;
}

export interface Rotation extends RotationBy {
  /** The new secret; one is made if none is given. */
  readonly secret?: string | undefined;
}

export const rotationNames: NamesOf<Rotation> = { overlapSeconds: true, actor: true, secret: true };

export interface KeyPairRotation extends RotationBy {
  /** The new private key; one is made if none is given. */
  readonly keyPair?: string | undefined;
}

export const keyPairRotationNames: NamesOf<KeyPairRotation> = { overlapSeconds: true, actor: true, keyPair: true };

export type RotateError = ChangeError;

export type RotateKeyPairError = RotateError | SigningFailed;

const A_DAY_SECONDS = 86_400;

/**
 * Gives the webhook a new secret. During the overlap, each attempt carries signatures by the new and the old secret.
 */
export function rotateSecret(
  deps: Dependencies,
  webhookId: string,
  { overlapSeconds = A_DAY_SECONDS, secret = generateSecret(deps), actor }: Rotation,
): ResultAsync<Webhook, RotateError> {
  return safeTry(async function* () {
    const overlap = yield* checkOverlap(overlapSeconds);
    const { command, writes } = replaceSecret(deps, webhookId, yield* checkSecret(secret), overlap);
    return ok(yield* change(deps, webhookId, [command], writes, yield* actorMetadata(actor)));
  });
}

/** Gives the webhook a new key pair. From now on it signs by `v1a`, if it did not before. */
export function rotateKeyPair(
  deps: Dependencies,
  webhookId: string,
  { overlapSeconds = A_DAY_SECONDS, keyPair = generateKeyPair(deps), actor }: KeyPairRotation,
): ResultAsync<Webhook, RotateKeyPairError> {
  return safeTry(async function* () {
    const overlap = yield* checkOverlap(overlapSeconds);
    const metadata = yield* actorMetadata(actor);
    yield* requireView(deps, webhookId);
    const { command, writes } = replaceKeyPair(deps, webhookId, yield* newKeyPair(deps, webhookId, keyPair), overlap);
    return ok(yield* change(deps, webhookId, [command, signByKeyPair], writes, metadata));
  });
}

function change(
  deps: Dependencies,
  webhookId: string,
  commands: readonly WebhookCommand[],
  secrets: readonly SecretWrite[],
  metadata: EventMetadata,
): ResultAsync<Webhook, RotateError> {
  return execute(deps, webhookAggregate, webhookId, commands, { secrets, metadata })
    .mapErr((error) => refusedChange(webhookId, error))
    .andThen(() => changedWebhook(deps, webhookId));
}
