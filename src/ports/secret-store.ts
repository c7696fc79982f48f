import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/** `signing`: a secret that signs. `key-pair`: the private key of a pair that signs. `headers`: the custom headers' values, as a JSON object. */
export type SecretKind = "signing" | "key-pair" | "headers";

export interface StoredSecret {
  readonly secretId: string;
  readonly webhookId: string;
  readonly kind: SecretKind;
  readonly value: string;
  /** The cipher's key that `value` is encrypted under; null where it is plain text. */
  readonly keyId: string | null;
  readonly createdAt: EpochMs;
  /** From then on it is as good as gone; null for the one in use. */
  readonly expiresAt: EpochMs | null;
}

/**
 * How secrets change, as part of a `LedgerWriter.append`, in the order given.
 *
 * - `put`: add one
 * - `expire`: let those of the kind that have no end yet, or a later one, end at `expiresAt`; remove those that have ended by `now`,
 *   and of the others all but the `most` newest
 * - `forget`: remove all of the webhook's
 * - `replace`: keep another value in the place of one, if it is still there; nothing that was decided on webhooks is out of
 *   date by it
 */
export type SecretWrite =
  | { readonly op: "put"; readonly secret: StoredSecret }
  | {
      readonly op: "expire";
      readonly webhookId: string;
      readonly kind: SecretKind;
      readonly expiresAt: EpochMs;
      readonly now: EpochMs;
      readonly most: number;
    }
  | { readonly op: "forget"; readonly webhookId: string }
  | {
      readonly op: "replace";
      readonly webhookId: string;
      readonly secretId: string;
      readonly value: string;
      readonly keyId: string | null;
    };

/** Reads secrets. */
export interface SecretStore {
  /** Those of the webhook that have not ended by `now`, the newest first. */
  ofWebhook(webhookId: string, now: EpochMs): ResultAsync<readonly StoredSecret[], StorageError>;

  /** The same of any number of webhooks, in one call. Of each of them the newest comes first. */
  ofWebhooks(webhookIds: readonly string[], now: EpochMs): ResultAsync<readonly StoredSecret[], StorageError>;

  /** Up to `limit` of all secrets that are not encrypted under the key, by id from `after` on, those that have ended too. */
  notUnder(keyId: string, after: string, limit: number): ResultAsync<readonly StoredSecret[], StorageError>;
}
