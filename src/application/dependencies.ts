import type { ResultAsync } from "neverthrow";
import type { NamesOf } from "../domain/known-names.ts";
import type { EventCatalogue } from "../domain/message/index.ts";
import type { RetryConfig } from "../domain/retry/index.ts";
import type { SigningScheme } from "../domain/signing/index.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Ids } from "../ports/ids.ts";
import type { Logger } from "../ports/logger.ts";
import type { NetworkPolicy } from "../ports/network-policy.ts";
import type { Random } from "../ports/random.ts";
import type { SecretCipher } from "../ports/secret-cipher.ts";
import type { Signer } from "../ports/signer.ts";
import type { StorageError } from "../ports/storage-error.ts";
import type { Storage } from "../ports/storage.ts";
import type { RequestSettings } from "./deliveries/request-settings.ts";
import type { WakeUps } from "./wake-ups.ts";
import type { WebhookDirectory } from "./webhooks/recipients.ts";

export interface Limits {
  /** The size of a payload as canonical JSON; 256 KiB by default. */
  readonly payloadBytes: number;
}

export const limitNames: NamesOf<Limits> = { payloadBytes: true };

/** The settings of a webhook that is registered without them. */
export interface WebhookDefaults {
  readonly retryConfig: RetryConfig;
  readonly schemes: readonly SigningScheme[];
  readonly rateLimitPerSecond: number | null;
}

/** Whatever makes deliveries: a worker, or a dispatch. */
export interface Deliverer {
  /** Takes up nothing new. Resolves when the attempts under way are recorded, or when a deadline has passed. */
  stop(): ResultAsync<void, StorageError>;
}

/** What the use cases work with. Each use case names the part that it needs. */
export interface Dependencies {
  readonly storage: Storage;
  /** The only tenant that {@link storage} shows; null if each call names its tenant. */
  readonly tenantId: string | null;
  readonly http: HttpClient;
  readonly network: NetworkPolicy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
  readonly signer: Signer;
  /** Null if secrets are kept in plain text. */
  readonly cipher: SecretCipher | null;
  readonly catalogue: EventCatalogue;
  readonly request: RequestSettings;
  readonly limits: Limits;
  readonly webhookDefaults: WebhookDefaults;
  /** Says that deliveries may have become due: a claim that is asked for now finds them. */
  readonly wakeUps: WakeUps;
  /** Says that the ledger has grown: a message was published, or an attempt's outcome was recorded. */
  readonly appended: WakeUps;
  readonly directory: WebhookDirectory;
  /** Aborts when the instance is being closed. */
  readonly closing: AbortSignal;
  /** Those with attempts under way, for which closing has to wait. */
  readonly delivering: Set<Deliverer>;
}
