import type { RetryConfig } from "../retry/index.ts";
import type { SigningScheme } from "../signing/scheme.ts";
import type { DeactivationReason, HeaderReference, KeyPairReference } from "./events.ts";

export interface RegisteredWebhook {
  readonly status: "registered";
  readonly webhookId: string;
  readonly tenantId: string;
  readonly url: string;
  /** Each once: a subscription is a set, kept in the order it was given. */
  readonly events: readonly string[];
  readonly retryConfig: RetryConfig;
  readonly headers: HeaderReference | null;
  readonly secretId: string;
  readonly schemes: readonly SigningScheme[];
  /** Null where it never had one; it is kept where `v1a` is no longer among the schemes. */
  readonly keyPair: KeyPairReference | null;
  readonly active: boolean;
  /** Why it is not active; null while it is, and where it was registered so. */
  readonly deactivationReason: DeactivationReason | null;
  /** Whether what is due to it waits, by hand. Only what is active is paused: what is deactivated has nothing left that could wait. */
  readonly paused: boolean;
}

/** A deleted webhook keeps its id for good: deliveries of its time still name it. */
export type WebhookState =
  { readonly status: "unregistered" } | RegisteredWebhook | { readonly status: "deleted"; readonly webhookId: string };

export const initialState: WebhookState = { status: "unregistered" };
