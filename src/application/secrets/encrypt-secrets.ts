import { errAsync, okAsync, ResultAsync } from "neverthrow";
import type { Commit } from "../../ports/commit.ts";
import type { CipherFailed, SecretCipher, SecretPlace } from "../../ports/secret-cipher.ts";
import type { SecretKind, SecretWrite, StoredSecret } from "../../ports/secret-store.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Storage } from "../../ports/storage.ts";
import { plainStorage } from "../plain-storage.ts";

/**
 * Returns the same storage, which encrypts secrets on their way in and decrypts them on their way out. Secrets stored
 * earlier in plain text are read as they are. Without a cipher nothing is encrypted.
 */
export function encryptSecrets(storage: Storage, cipher: SecretCipher | null): Storage {
  const { secrets, writer } = storage;
  const decryptAll = (stored: readonly StoredSecret[]) =>
    ResultAsync.combine(stored.map((secret) => decrypted(secret, cipher)));
  return {
    ...plainStorage(storage),
    secrets: {
      notUnder: (keyId, after, limit) => secrets.notUnder(keyId, after, limit),
      ofWebhook: (webhookId, now) => secrets.ofWebhook(webhookId, now).andThen(decryptAll),
      ofWebhooks: (webhookIds, now) => secrets.ofWebhooks(webhookIds, now).andThen(decryptAll),
    },
    writer: cipher === null ? writer : { append: (commit) => append(commit, cipher, storage) },
  };
}

/** A commit without secrets goes on at once, because commits enter the ledger in their order of arrival. */
function append(
  commit: Commit,
  cipher: SecretCipher,
  { writer }: Pick<Storage, "writer">,
): ReturnType<typeof writer.append> {
  const { secrets = [] } = commit;
  return secrets.some(({ op }) => op === "put")
    ? ResultAsync.combine(secrets.map((write) => encryptedWrite(write, cipher))).andThen((encrypted) =>
        writer.append({ ...commit, secrets: encrypted }),
      )
    : writer.append(commit);
}

function encryptedWrite(write: SecretWrite, cipher: SecretCipher): ResultAsync<SecretWrite, StorageError> {
  return write.op === "put" ? encrypted(write.secret, cipher).map((secret) => ({ op: "put", secret })) : okAsync(write);
}

/** @param secret - in plain text */
export function encrypted(secret: StoredSecret, cipher: SecretCipher): ResultAsync<StoredSecret, StorageError> {
  return cipher
    .encrypt(secret.value, placeOf(secret))
    .map(({ keyId, value }) => ({ ...secret, keyId, value }))
    .mapErr((failure) => unusable(secret, "encrypted", failure));
}

export function decrypted(secret: StoredSecret, cipher: SecretCipher | null): ResultAsync<StoredSecret, StorageError> {
  const { keyId, value } = secret;
  if (keyId === null) return okAsync(secret);
  if (cipher === null) return errAsync(unusable(secret, "decrypted", withoutCipher(keyId)));
  return cipher
    .decrypt({ keyId, value }, placeOf(secret))
    .map((text) => ({ ...secret, keyId: null, value: text }))
    .mapErr((failure) => unusable(secret, "decrypted", failure));
}

/** The place alone: the row holds the value, and a cipher may pass the place on to a key service that logs it. */
function placeOf({ webhookId, secretId, kind }: StoredSecret): SecretPlace {
  return { webhookId, secretId, kind };
}

function withoutCipher(keyId: string): CipherFailed {
  const message = `it is encrypted under the key ${keyId}, but hookledger was opened without a cipher; give it one`;
  return { type: "CipherFailed", retryable: false, message };
}

const names: Readonly<Record<SecretKind, string>> = {
  signing: "a signing secret",
  "key-pair": "a private key",
  headers: "the header values",
};

function unusable(
  { webhookId, kind }: StoredSecret,
  how: "encrypted" | "decrypted",
  failure: CipherFailed,
): StorageError {
  const what = `${names[kind]} of the webhook ${webhookId} cannot be ${how}`;
  const { message, retryable } = failure;
  return { ...storageError("secrets", `${what}: ${message}`, failure), retryable };
}
