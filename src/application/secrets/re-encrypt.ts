import { err, errAsync, ok, ResultAsync, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { SecretCipher } from "../../ports/secret-cipher.ts";
import type { SecretWrite, StoredSecret } from "../../ports/secret-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { checkOnProgress } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { refusedFor } from "../refused-append.ts";
import { reportProgress } from "../report-progress.ts";
import { decrypted, encrypted } from "./encrypt-secrets.ts";

export interface ReEncrypted {
  /** How many values are now encrypted under the cipher's present key that were not before. */
  readonly reEncrypted: number;
}

export interface ReEncryptOptions {
  /** Called after each step, of up to 100 values. What it throws is logged as a warning. */
  readonly onProgress?: ((soFar: ReEncrypted) => unknown) | undefined;
}

export const reEncryptNames: NamesOf<ReEncryptOptions> = { onProgress: true };

export type ReEncryptError = InvalidInput | StorageError;

const STEP = 100;

type Deps = Pick<Dependencies, "storage" | "cipher" | "clock" | "closing" | "logger">;

/**
 * Encrypts under the cipher's present key whatever is in plain text or under an older key, while everything else goes
 * on. When it resolves `Ok`, the older keys are no longer needed, and none of the former values are left in the
 * database's files.
 */
export function reEncryptSecrets(
  deps: Deps,
  { onProgress }: ReEncryptOptions,
): ResultAsync<ReEncrypted, ReEncryptError> {
  return checkOnProgress(onProgress).asyncAndThen(() =>
    deps.cipher === null
      ? errAsync<ReEncrypted, ReEncryptError>(
          invalidInput("cipher", "must be given to openHookledger before secrets can be encrypted", undefined),
        )
      : new ResultAsync(reEncryptAll(deps, deps.cipher, onProgress)),
  );
}

async function reEncryptAll(
  deps: Deps,
  cipher: SecretCipher,
  onProgress: ReEncryptOptions["onProgress"],
): Promise<Result<ReEncrypted, StorageError>> {
  const { storage, closing } = deps;
  let reEncrypted = 0;
  const unreadable: StorageError[] = [];
  for (let after = ""; ;) {
    if (closing.aborted)
      return err(
        storageError("closed", "hookledger was closed while it encrypted secrets; call reEncryptSecrets again"),
      );
    const page = await storage.secrets.notUnder(cipher.keyId, after, STEP);
    if (page.isErr()) return err(page.error);
    const last = page.value.at(-1);
    if (last === undefined) break;
    const replaced = await replaceAll(deps, cipher, page.value);
    if (replaced.isErr()) return err(replaced.error);
    reEncrypted += replaced.value.count;
    unreadable.push(...replaced.value.unreadable);
    after = last.secretId;
    reportProgress(deps.logger, onProgress, { reEncrypted });
  }
  // Purge even if nothing was replaced: an earlier call may have failed before its purge.
  const purged = await storage.messages.purge();
  if (purged.isErr()) return err(stillInFiles(purged.error));
  const [first, ...more] = unreadable;
  return first === undefined ? ok({ reEncrypted }) : err(allButThese(first, more.length));
}

interface Replaced {
  readonly count: number;
  readonly unreadable: readonly StorageError[];
}

/** Replaces all that it can: one secret that cannot be read does not stop the others. */
async function replaceAll(
  { storage, clock }: Deps,
  cipher: SecretCipher,
  secrets: readonly StoredSecret[],
): Promise<Result<Replaced, StorageError>> {
  const now = clock.now();
  const writes: SecretWrite[] = [];
  const unreadable: StorageError[] = [];
  for (const secret of secrets) {
    const again = await decrypted(secret, cipher).andThen((plain) => encrypted(plain, cipher));
    if (again.isOk()) writes.push(replacement(again.value));
    // An expired secret is no longer used, so its error does not matter.
    else if (secret.expiresAt === null || secret.expiresAt > now) unreadable.push(again.error);
  }
  if (writes.length === 0) return ok({ count: 0, unreadable });
  const appended = await storage.writer.append({ recordedAt: now, streams: [], secrets: writes });
  return appended.map(() => ({ count: writes.length, unreadable })).mapErr((error) => refusedFor(error));
}

function replacement({ webhookId, secretId, keyId, value }: StoredSecret): SecretWrite {
  return { op: "replace", webhookId, secretId, keyId, value };
}

function stillInFiles(error: StorageError): StorageError {
  const what = "all secrets are encrypted, but their old values are still in the database's files";
  return { ...error, message: `${what}: ${error.message}; after that, call reEncryptSecrets again` };
}

function allButThese(first: StorageError, others: number): StorageError {
  const which = others === 0 ? "one" : `${others + 1}, the first of which is this`;
  return { ...first, message: `all secrets are encrypted except ${which}: ${first.message}` };
}
