import type { IsoInstant } from "../instant.ts";
import type { RetryConfig } from "../retry/index.ts";
import type { SigningScheme } from "../signing/scheme.ts";

/**
 * - `operator`: by an update with `active: false`
 * - `failing`: every attempt had failed for `deactivateAfterSeconds`
 * - `gone`: the receiver answered 410
 */
export type DeactivationReason = "operator" | "failing" | "gone";

/** Names secrets and header values by id only: the values are in the secret store. */
export interface WebhookRegistered {
  readonly type: "WebhookRegistered";
  readonly data: {
    readonly webhookId: string;
    readonly tenantId: string;
    readonly url: string;
    readonly events: readonly string[];
    readonly active: boolean;
    readonly retryConfig: RetryConfig;
    readonly secretId: string;
    readonly headers: HeaderReference | null;
    /** Absent in webhooks registered before schemes could be chosen: they have `DEFAULT_SCHEMES`. */
    readonly schemes?: readonly SigningScheme[] | undefined;
    readonly keyPair?: KeyPairReference | null | undefined;
    /** Requests a second; null, or absent, for no limit. */
    readonly rateLimitPerSecond?: number | null | undefined;
  };
}

/** The public key, and the id under which the secret store keeps the private key. */
export interface KeyPairReference {
  readonly keyPairId: string;
  /** `whpk_` and base64. */
  readonly publicKey: string;
}

/** The names of a webhook's custom headers, and the id under which the secret store keeps their values. */
export interface HeaderReference {
  readonly headersId: string;
  readonly names: readonly string[];
}

export interface WebhookUrlChanged {
  readonly type: "WebhookUrlChanged";
  readonly data: { readonly url: string };
}

export interface WebhookSubscriptionChanged {
  readonly type: "WebhookSubscriptionChanged";
  readonly data: { readonly events: readonly string[] };
}

export interface WebhookRetryConfigChanged {
  readonly type: "WebhookRetryConfigChanged";
  readonly data: { readonly retryConfig: RetryConfig };
}

export interface WebhookRateLimitChanged {
  readonly type: "WebhookRateLimitChanged";
  /** Requests a second; null for no limit. */
  readonly data: { readonly rateLimitPerSecond: number | null };
}

export interface WebhookHeadersChanged {
  readonly type: "WebhookHeadersChanged";
  readonly data: { readonly headers: HeaderReference | null };
}

/** The secrets before this one go on signing until `overlapUntil`; it is null if they stop at once. */
export interface WebhookSecretRotated {
  readonly type: "WebhookSecretRotated";
  readonly data: { readonly secretId: string; readonly overlapUntil: IsoInstant | null };
}

/** The schemes by which the webhook's requests are signed from now on. */
export interface WebhookSchemesChanged {
  readonly type: "WebhookSchemesChanged";
  readonly data: { readonly schemes: readonly SigningScheme[] };
}

/**
 * The key pairs before this one go on signing until `overlapUntil`; it is null if they stop at once, or if there are
 * none.
 */
export interface WebhookKeyPairRotated {
  readonly type: "WebhookKeyPairRotated";
  readonly data: { readonly keyPair: KeyPairReference; readonly overlapUntil: IsoInstant | null };
}

export interface WebhookActivated {
  readonly type: "WebhookActivated";
  readonly data: Readonly<Record<never, never>>;
}

export interface WebhookDeactivated {
  readonly type: "WebhookDeactivated";
  readonly data: { readonly reason: DeactivationReason };
}

/** From now on, what is due to the webhook waits, and so does what is published for it later. */
export interface WebhookPaused {
  readonly type: "WebhookPaused";
  readonly data: Readonly<Record<never, never>>;
}

export interface WebhookResumed {
  readonly type: "WebhookResumed";
  readonly data: Readonly<Record<never, never>>;
}

export interface WebhookDeleted {
  readonly type: "WebhookDeleted";
  readonly data: Readonly<Record<never, never>>;
}

export type WebhookEvent =
  | WebhookRegistered
  | WebhookUrlChanged
  | WebhookSubscriptionChanged
  | WebhookRetryConfigChanged
  | WebhookRateLimitChanged
  | WebhookHeadersChanged
  | WebhookSecretRotated
  | WebhookSchemesChanged
  | WebhookKeyPairRotated
  | WebhookActivated
  | WebhookDeactivated
  | WebhookPaused
  | WebhookResumed
  | WebhookDeleted;
