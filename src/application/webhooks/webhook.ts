import type { ResultAsync } from "neverthrow";
import { toIso, type IsoInstant } from "../../domain/instant.ts";
import { isWebhookEvent, type WebhookView } from "../../domain/ledger/index.ts";
import type { SigningScheme } from "../../domain/signing/index.ts";
import {
  webhookDecider,
  type DeactivationReason,
  type WebhookHeaders,
  type WebhookCommand,
  type WebhookConfig,
  type WebhookEvent,
  type WebhookRefusal,
  type WebhookState,
} from "../../domain/webhook/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Aggregate } from "../execute.ts";
import { withHidden } from "../with-hidden.ts";
import { complete, completeAll, type Complete } from "./complete.ts";

export const webhookAggregate: Aggregate<WebhookState, WebhookCommand, WebhookEvent, WebhookRefusal> = {
  category: "webhook",
  decider: webhookDecider,
  owns: isWebhookEvent,
};

/** A webhook, with what only its owner may see. `secret` and `headers` are readable but not enumerable. */
export interface Webhook extends WebhookConfig {
  readonly tenantId: string;
  /** Custom headers, sent with every attempt. */
  readonly headers: WebhookHeaders;
  /** The schemes that sign its requests. */
  readonly schemes: readonly SigningScheme[];
  /** `whpk_…`, for receivers that check `v1a`; null if it has no key pair. */
  readonly publicKey: string | null;
  /** The most requests a second; null for no limit. */
  readonly rateLimitPerSecond: number | null;
  /** Why it is not active; null while it is active, and if it was registered inactive. */
  readonly deactivationReason: DeactivationReason | null;
  /** Whether its deliveries wait, until `update` with `paused: false`. */
  readonly paused: boolean;
  readonly createdAt: IsoInstant;
  /** When a setting last changed, or when it was last activated, deactivated, paused or resumed. */
  readonly updatedAt: IsoInstant;
}

type Visible = Omit<Webhook, "secret" | "headers">;

/** A webhook without what only its owner may see: its row alone, whether its secrets can be read or not. */
export interface WebhookSummary extends Visible {
  /** The names of its custom headers. Only its owner sees the values. */
  readonly headerNames: readonly string[];
}

type Reads = Pick<Dependencies, "storage" | "clock">;

/** Returns the webhook of a row, as its owner sees it; null if it was deleted meanwhile. */
export function withSecrets(deps: Reads, row: WebhookView): ResultAsync<Webhook | null, StorageError> {
  return complete(deps, row).map((completed) => completed && shown(completed));
}

/** Returns the webhooks of rows, in their order, without those that were deleted meanwhile. */
export function withAllSecrets(
  deps: Reads,
  rows: readonly WebhookView[],
): ResultAsync<readonly Webhook[], StorageError> {
  return completeAll(deps, rows).map((all) => all.map(shown));
}

function shown({ view, secret, headers }: Complete): Webhook {
  return withHidden(visible(view), { secret, headers });
}

export function toSummary(view: WebhookView): WebhookSummary {
  return { ...visible(view), headerNames: view.headers?.names ?? [] };
}

function visible(view: WebhookView): Visible {
  const { webhookId, tenantId, url, events, active, paused, retryConfig, schemes, deactivationReason } = view;
  const { rateLimitPerSecond, keyPair } = view;
  const settings = { webhookId, tenantId, url, events, active, paused, retryConfig, rateLimitPerSecond, schemes };
  const times = { createdAt: toIso(view.createdAt), updatedAt: toIso(view.updatedAt) };
  return { ...settings, publicKey: keyPair?.publicKey ?? null, deactivationReason, ...times };
}
