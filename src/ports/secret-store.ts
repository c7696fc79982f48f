import type { ResultAsync } from "neverthrow";
import type { EpochMs } from "../domain/instant.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * - `signing`: a secret that signs
 * - `key-pair`: the private key of a pair that signs
 * - `headers`: the values of the custom headers, as a JSON object
 */
export type SecretKind = "signing" | "key-pair" | "headers";

export interface StoredSecret {
  readonly secretId: string;
  readonly webhookId: string;
  readonly kind: SecretKind;
  readonly value: string;
  /** The id of the cipher's key that `value` is encrypted under; null if it is plain text. */
  readonly keyId: string | null;
  readonly createdAt: EpochMs;
  /** From then on it counts as gone; null for the one in use. */
  readonly expiresAt: EpochMs | null;
}

/**
 * How secrets change, as part of a `LedgerWriter.append`, in the order given:
 *
 * - `put`: adds one; a `StorageError` if a secret of any webhook has its id
 * - `expire`: makes those of the kind that have no end yet, or a later one, end at `expiresAt`; removes those that have
 *   ended by `now`, and of the others all but the `most` newest
 * - `forget`: removes all of the webhook's
 * - `replace`: stores another value in place of one, if that one is still there; nothing that was decided on webhooks
 *   becomes outdated by it
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
  /** Returns the webhook's secrets that have not ended by `now`, the newest first. */
  ofWebhook(webhookId: string, now: EpochMs): ResultAsync<readonly StoredSecret[], StorageError>;

  /**
   * Returns the same for any number of webhooks, in one call. The newest of each webhook comes first. A webhook that is
   * named more than once has its secrets once.
   */
  ofWebhooks(webhookIds: readonly string[], now: EpochMs): ResultAsync<readonly StoredSecret[], StorageError>;

  /**
   * Returns up to `limit` of all secrets that are not encrypted under the key, by id from `after` on, including those
   * that have ended.
   */
  notUnder(keyId: string, after: string, limit: number): ResultAsync<readonly StoredSecret[], StorageError>;
}
