import type { EpochMs } from "../../domain/instant.ts";
import type { DeliveryView, DomainEvent, WebhookView } from "../../domain/ledger/index.ts";
import type { Commit, Fence } from "../../ports/commit.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import { failingAfter, newHealth, noteAttempt, type Health } from "../sql/health.ts";
import type { WriteSets } from "./append-statements.ts";
import type { RowOf } from "./delivery-rows.ts";
import type { SqlValues } from "./statement.ts";
import { statementValues, type DeliveryChange } from "./statement-values.ts";

/** Gathers what the commits of a batch come to, so that each row is written once. */
export interface Writes {
  event(streamId: string, version: number, event: DomainEvent, commit: Commit): void;
  /**
   * @param before - the delivery's row as it was loaded; null if there was none
   * @param isQueued - whether it was pending and, as far as is known, not lost to the queue
   */
  delivery(view: DeliveryView, before: DeliveryView | null, isQueued: boolean): void;
  /** Has everything written only if the webhooks are still at this revision. */
  decidedAt(revision: number): void;
  /** Has everything written only if nobody else has moved the stream on from this version. */
  standsAt(streamId: string, version: number): void;
  /** @param view - null if there is to be no row */
  webhook(webhookId: string, streamId: string, view: WebhookView | null): void;
  /** Adds everything of the commit that is not an event. */
  besides(commit: Commit): void;
  /** Returns how often the batch raises the revision of the webhooks. */
  raised(): 0 | 1;
  /**
   * Returns since when the webhook fails after the batch.
   *
   * @param before - since when it failed before the batch
   */
  failingSince(webhookId: string, before: EpochMs | null): EpochMs | null;
  /** Tells whether deliveries are due that were not, for workers to take up. */
  schedules(): boolean;
  /** Returns how many rows of the queue the batch deletes or moves. */
  outdated(): number;
  /** Returns the deliveries that the batch changes. */
  deliveryIds(): Iterable<string>;
  gathered(): Gathered;
}

export interface Gathered {
  /** Whether there is something that the one statement does not write. */
  readonly isRare: boolean;
  /** Whether the batch raises the revision of the webhooks. */
  readonly raises: boolean;
  readonly webhooks: ReadonlyMap<string, { readonly streamId: string; readonly view: WebhookView | null }>;
  /**
   * Until when answers pause webhooks that were changed before them, or in the same commit. Resuming a webhook ends
   * only earlier pauses.
   */
  readonly pauses: ReadonlyMap<string, EpochMs>;
  readonly secrets: readonly SecretWrite[];
  readonly erasures: readonly { readonly messageIds: readonly string[]; readonly erasedAt: EpochMs }[];
  /** The versions at which streams must stand when everything is written. */
  readonly standing: ReadonlyMap<string, number>;
  /**
   * Returns the values for the one statement that writes all the rest and checks the revision. Null if there is
   * neither.
   */
  toValues(sets: WriteSets): SqlValues | null;
}

export function createWrites(): Writes {
  const events: RowOf<"events">[] = [];
  const messages: StoredMessage[] = [];
  const responses: RowOf<"responses">[] = [];
  const deliveries = new Map<string, DeliveryChange>();
  const health = new Map<string, Health>();
  const webhooks = new Map<string, { readonly streamId: string; readonly view: WebhookView | null }>();
  const pauses = new Map<string, EpochMs>();
  const secrets: SecretWrite[] = [];
  const erasures: { readonly messageIds: readonly string[]; readonly erasedAt: EpochMs }[] = [];
  const fences = new Map<string, Fence>();
  const standing = new Map<string, number>();
  let revision: number | null = null;
  let raised: 0 | 1 = 0;
  let scheduling = false;
  let outdated = 0;

  function toValues(sets: WriteSets): SqlValues | null {
    const rows = events.length + messages.length + responses.length + health.size + deliveries.size;
    // A revision that was taken for the present one is checked by this statement and by nothing else.
    if (rows === 0 && revision === null) return null;
    return statementValues({ events, messages, responses, deliveries, health, fences, revision }, sets);
  }

  return {
    event(streamId, version, event, { recordedAt, metadata = {} }) {
      const { type, data } = event;
      const json = JSON.stringify(data);
      events.push({ streamId, version, type, data: json, metadata: JSON.stringify(metadata), recordedAt });
      scheduling ||= type === "DeliveryScheduled" || type === "RedeliveryRequested";
    },
    delivery(view, before, isQueued) {
      deliveries.set(view.deliveryId, { view, before, isQueued });
      if (isQueued) outdated += 1;
    },
    decidedAt: (at) => void (revision = at),
    standsAt: (streamId, version) => void standing.set(streamId, version),
    webhook(webhookId, streamId, view) {
      webhooks.set(webhookId, { streamId, view });
      raised = 1;
    },
    besides(commit) {
      messages.push(...(commit.messages ?? []));
      for (const { excerpt, ...response } of commit.responses ?? [])
        responses.push({ ...response, excerpt: Buffer.from(excerpt) });
      secrets.push(...(commit.secrets ?? []));
      if (commit.secrets?.some(({ op }) => op !== "replace") === true) raised = 1;
      for (const fence of commit.fences ?? []) fences.set(fence.deliveryId, fence);
      for (const attempt of commit.health ?? []) {
        const known = health.get(attempt.webhookId) ?? newHealth();
        health.set(attempt.webhookId, known);
        noteAttempt(known, attempt);
        const { webhookId, pausedUntil } = attempt;
        if (pausedUntil !== null && webhooks.has(webhookId))
          pauses.set(webhookId, Math.max(pausedUntil, pauses.get(webhookId) ?? pausedUntil));
      }
      if (commit.erasures !== undefined) erasures.push({ messageIds: commit.erasures, erasedAt: commit.recordedAt });
    },
    raised: () => raised,
    failingSince: (webhookId, before) => failingAfter(before, health.get(webhookId)),
    schedules: () => scheduling,
    outdated: () => outdated,
    deliveryIds: () => deliveries.keys(),
    gathered: () => ({
      isRare: webhooks.size + secrets.length + erasures.length > 0,
      raises: raised > 0,
      webhooks,
      pauses,
      secrets,
      erasures,
      standing,
      toValues,
    }),
  };
}
