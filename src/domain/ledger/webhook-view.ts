import { replay } from "../decider.ts";
import { fromIso, type EpochMs } from "../instant.ts";
import type { RetryConfig } from "../retry/index.ts";
import type { SigningScheme } from "../signing/scheme.ts";
import {
  webhookDecider,
  type DeactivationReason,
  type HeaderReference,
  type KeyPairReference,
  type WebhookEvent,
} from "../webhook/index.ts";
import type { RecordedEvent } from "./domain-event.ts";

/** A row of the webhooks projection. A deleted webhook has none. */
export interface WebhookView {
  readonly webhookId: string;
  readonly tenantId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly active: boolean;
  readonly deactivationReason: DeactivationReason | null;
  readonly paused: boolean;
  readonly retryConfig: RetryConfig;
  readonly rateLimitPerSecond: number | null;
  readonly headers: HeaderReference | null;
  readonly secretId: string;
  readonly schemes: readonly SigningScheme[];
  readonly keyPair: KeyPairReference | null;
  /** The version of the stream that the row reflects. */
  readonly version: number;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** Returns the row of a webhook's stream, by the decider's own `evolve`; null if there is none. */
export function webhookView(events: readonly RecordedEvent<WebhookEvent>[]): WebhookView | null {
  const first = events.at(0);
  const last = events.at(-1);
  const state = replay(webhookDecider, events);
  if (first === undefined || last === undefined || state.status !== "registered") return null;
  const { status, ...row } = state;
  return { ...row, version: last.version, createdAt: fromIso(first.recordedAt), updatedAt: fromIso(last.recordedAt) };
}
