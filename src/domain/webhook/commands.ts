import type { EpochMs } from "../instant.ts";
import type { Given } from "../known-names.ts";
import type { RetryConfig } from "../retry/index.ts";
import type { SigningScheme } from "../signing/scheme.ts";
import type { DeactivationReason, HeaderReference, KeyPairReference, WebhookRegistered } from "./events.ts";

export interface RegisterWebhook {
  readonly type: "RegisterWebhook";
  readonly data: WebhookRegistered["data"];
}

export interface ChangeUrl {
  readonly type: "ChangeUrl";
  readonly data: { readonly url: string };
}

export interface ChangeSubscription {
  readonly type: "ChangeSubscription";
  readonly data: { readonly events: readonly string[] };
}

/** What `retryConfig` leaves out keeps the value that it has when the command is decided. */
export interface ChangeRetryConfig {
  readonly type: "ChangeRetryConfig";
  readonly data: { readonly retryConfig: Given<RetryConfig> };
}

export interface ChangeRateLimit {
  readonly type: "ChangeRateLimit";
  readonly data: { readonly rateLimitPerSecond: number | null };
}

export interface ChangeHeaders {
  readonly type: "ChangeHeaders";
  readonly data: { readonly headers: HeaderReference | null };
}

/** `overlapSeconds`: how long the present secret goes on signing beside the new one. */
export interface RotateSecret {
  readonly type: "RotateSecret";
  readonly data: { readonly secretId: string; readonly overlapSeconds: number; readonly now: EpochMs };
}

export interface ChangeSchemes {
  readonly type: "ChangeSchemes";
  readonly data: { readonly schemes: readonly SigningScheme[] };
}

/** Adds a scheme to those that the webhook has when the command is decided. */
export interface AddScheme {
  readonly type: "AddScheme";
  readonly data: { readonly scheme: SigningScheme };
}

/** If there is a key pair already when the command is decided, that one stays. */
export interface AddKeyPair {
  readonly type: "AddKeyPair";
  readonly data: { readonly keyPair: KeyPairReference };
}

/** `overlapSeconds`: how long the present key pair, if there is one, goes on signing beside the new one. */
export interface RotateKeyPair {
  readonly type: "RotateKeyPair";
  readonly data: { readonly keyPair: KeyPairReference; readonly overlapSeconds: number; readonly now: EpochMs };
}

export interface ActivateWebhook {
  readonly type: "ActivateWebhook";
}

/**
 * The facts behind the reason, which no longer holds if they have changed:
 *
 * - `url`: where the reason was found; it does not hold once the webhook has another URL
 * - `failing`: since when the webhook had failed, and when that was found; it does not hold if the retry config now
 *   allows a longer time
 */
export interface DeactivateWebhook {
  readonly type: "DeactivateWebhook";
  readonly data: {
    readonly reason: DeactivationReason;
    readonly url?: string;
    readonly failing?: { readonly since: EpochMs; readonly now: EpochMs };
  };
}

export interface PauseWebhook {
  readonly type: "PauseWebhook";
}

export interface ResumeWebhook {
  readonly type: "ResumeWebhook";
}

export interface DeleteWebhook {
  readonly type: "DeleteWebhook";
}

export type WebhookCommand =
  | RegisterWebhook
  | ChangeUrl
  | ChangeSubscription
  | ChangeRetryConfig
  | ChangeRateLimit
  | ChangeHeaders
  | RotateSecret
  | ChangeSchemes
  | AddScheme
  | AddKeyPair
  | RotateKeyPair
  | ActivateWebhook
  | DeactivateWebhook
  | PauseWebhook
  | ResumeWebhook
  | DeleteWebhook;
