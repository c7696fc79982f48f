import type { RetryConfig } from "../retry/index.ts";
import type { SigningScheme } from "../signing/scheme.ts";
import type { DeactivationReason, HeaderReference, KeyPairReference } from "./events.ts";

export interface RegisteredWebhook {
  readonly status: "registered";
  readonly webhookId: string;
  readonly tenantId: string;
  readonly url: string;
  /** Each once: subscriptions are a set, kept in the order given. */
  readonly events: readonly string[];
  readonly retryConfig: RetryConfig;
  /** The most requests a second; null for no limit. */
  readonly rateLimitPerSecond: number | null;
  readonly headers: HeaderReference | null;
  readonly secretId: string;
  readonly schemes: readonly SigningScheme[];
  /** Null if the webhook never had one. It is kept after `v1a` is removed from the schemes. */
  readonly keyPair: KeyPairReference | null;
  readonly active: boolean;
  /** Why the webhook is not active; null while it is active, and if it was registered inactive. */
  readonly deactivationReason: DeactivationReason | null;
  /**
   * Whether what is due to the webhook waits, by hand. Only an active webhook can be paused: an inactive one has
   * nothing left that could wait.
   */
  readonly paused: boolean;
}

/** A deleted webhook keeps its id for good: its old deliveries still name it. */
export type WebhookState =
  { readonly status: "unregistered" } | RegisteredWebhook | { readonly status: "deleted"; readonly webhookId: string };

export const initialState: WebhookState = { status: "unregistered" };
