import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { formatKeyPair, SEED_BYTES, type SigningScheme } from "../../domain/signing/index.ts";
import {
  checkSecret,
  overlapEnd,
  parseSchemes,
  type KeyPairReference,
  type RotateKeyPair,
  type WebhookCommand,
  type WebhookEvent,
} from "../../domain/webhook/index.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { SigningFailed } from "../../ports/signer.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_REPLACED, putSecret } from "./new-secret.ts";
import { publicKeyOf } from "./public-key.ts";

type Needs = Pick<Dependencies, "ids" | "clock" | "signer" | "request">;
type KeyPairError = InvalidInput | SigningFailed;

export interface NewKeyPair {
  readonly reference: KeyPairReference;
  readonly put: SecretWrite;
}

/** Adds `v1a` to whatever the schemes have become while the signer was asked. */
export const signByKeyPair: WebhookCommand = { type: "AddScheme", data: { scheme: "v1a" } };

export function generateKeyPair({ random }: Pick<Dependencies, "random">): string {
  return formatKeyPair(random.bytes(SEED_BYTES));
}

/**
 * Returns the wanted schemes, and the key pair that they need. If no schemes are named, a key pair adds its own.
 *
 * @param isKept - whether there is a key pair that is to stay
 * @param defaults - the schemes if none are named
 */
export function prepareSchemes(
  deps: Needs & Pick<Dependencies, "random">,
  webhookId: string,
  {
    schemes,
    keyPair,
  }: { readonly schemes?: readonly SigningScheme[] | undefined; readonly keyPair?: string | undefined },
  { isKept, defaults }: { readonly isKept: boolean; readonly defaults: readonly SigningScheme[] },
): ResultAsync<{ readonly schemes: readonly SigningScheme[]; readonly keyPair: NewKeyPair | null }, KeyPairError> {
  const usual = keyPair === undefined ? defaults : [...new Set([...defaults, "v1a" as const])];
  return parseSchemes(schemes === undefined ? usual : schemes).asyncAndThen((known) => {
    const isNeeded = known.includes("v1a");
    if (!isNeeded && keyPair !== undefined) return errAsync(unused());
    if (!isNeeded || isKept) return okAsync({ schemes: known, keyPair: null });
    return newKeyPair(deps, webhookId, keyPair === undefined ? generateKeyPair(deps) : keyPair).map((made) => ({
      schemes: known,
      keyPair: made,
    }));
  });
}

function unused(): InvalidInput {
  return invalidInput("schemes", "must include v1a if a key pair is given", undefined);
}

/** Gives a private key its place in the secret store, and asks the signer for its public key. */
export function newKeyPair(deps: Needs, webhookId: string, keyPair: unknown): ResultAsync<NewKeyPair, KeyPairError> {
  return checkSecret(keyPair, "keyPair")
    .asyncAndThen((value) => publicKeyOf(deps, value).map((publicKey) => ({ value, publicKey })))
    .map(({ value, publicKey }) => {
      const { secretId, put } = putSecret(deps, { webhookId, kind: "key-pair", value, now: deps.clock.now() });
      return { reference: { keyPairId: secretId, publicKey }, put };
    });
}

/**
 * Whether the decided events use this write. If another key pair came first, the private key made here belongs to
 * nobody.
 */
export function isTaken(write: SecretWrite, decided: readonly WebhookEvent[]): boolean {
  if (write.op !== "put" || write.secret.kind !== "key-pair") return true;
  const { secretId } = write.secret;
  return decided.some(({ type, data }) => type === "WebhookKeyPairRotated" && data.keyPair.keyPairId === secretId);
}

/** Returns the command for a new key pair, and the writes that store it and expire the old ones. */
export function replaceKeyPair(
  { clock }: Pick<Dependencies, "clock">,
  webhookId: string,
  { reference, put }: NewKeyPair,
  overlapSeconds: number,
): { readonly command: RotateKeyPair; readonly writes: readonly SecretWrite[] } {
  const now = clock.now();
  const expiresAt = overlapEnd(now, overlapSeconds);
  return {
    command: { type: "RotateKeyPair", data: { keyPair: reference, overlapSeconds, now } },
    writes: [{ op: "expire", webhookId, kind: "key-pair", expiresAt, now, most: MOST_REPLACED }, put],
  };
}
