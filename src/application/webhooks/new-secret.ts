import { formatWhsec } from "../../domain/signing/index.ts";
import type { EpochMs } from "../../domain/instant.ts";
import { overlapEnd, type RotateSecret } from "../../domain/webhook/index.ts";
import type { SecretKind, SecretWrite } from "../../ports/secret-store.ts";
import type { Dependencies } from "../dependencies.ts";

/** Bytes of a generated secret: Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/** How many go on signing beside a new one: receivers' servers limit the length of a header. */
export const MOST_REPLACED = 10;

/** Generates a signing secret that nobody can guess, in Standard Webhooks' form. */
export function generateSecret({ random }: Pick<Dependencies, "random">): string {
  return formatWhsec(random.bytes(SECRET_BYTES));
}

/** Gives a value of the webhook a place in the secret store. The ledger knows it by its id. */
export function putSecret(
  { ids }: Pick<Dependencies, "ids">,
  { webhookId, kind, value, now }: { webhookId: string; kind: SecretKind; value: string; now: EpochMs },
): { readonly secretId: string; readonly put: SecretWrite } {
  const secretId = ids.next();
  return {
    secretId,
    put: { op: "put", secret: { secretId, webhookId, kind, value, keyId: null, createdAt: now, expiresAt: null } },
  };
}

/** Returns the command for a new secret, and the writes that store it and expire the old ones. */
export function replaceSecret(
  deps: Pick<Dependencies, "ids" | "clock">,
  webhookId: string,
  value: string,
  overlapSeconds: number,
): { readonly command: RotateSecret; readonly writes: readonly SecretWrite[] } {
  const now = deps.clock.now();
  const { secretId, put } = putSecret(deps, { webhookId, kind: "signing", value, now });
  const expiresAt = overlapEnd(now, overlapSeconds);
  return {
    command: { type: "RotateSecret", data: { secretId, overlapSeconds, now } },
    writes: [{ op: "expire", webhookId, kind: "signing", expiresAt, now, most: MOST_REPLACED }, put],
  };
}
