import type { EpochMs } from "../../domain/instant.ts";
import type { QueueHealth } from "../../ports/delivery-queue.ts";
import type { AttemptedWebhook } from "../../ports/commit.ts";

/** What a transaction's attempts tell about a webhook. */
export interface Health {
  pausedUntil: EpochMs;
  /** Since when attempts have failed within the transaction; null if the last of them succeeded. */
  failingSince: EpochMs | null;
  succeeded: boolean;
}

export function newHealth(): Health {
  return { pausedUntil: 0, failingSince: null, succeeded: false };
}

export function noteAttempt(health: Health, { at, failing, pausedUntil }: AttemptedWebhook): void {
  if (failing) health.failingSince ??= at;
  else Object.assign(health, { succeeded: true, failingSince: null });
  if (pausedUntil !== null && pausedUntil > health.pausedUntil) health.pausedUntil = pausedUntil;
}

/**
 * Returns since when the webhook fails after the transaction's attempts.
 *
 * @param before - since when it failed before them
 * @param health - undefined if there were none
 */
export function failingAfter(before: EpochMs | null, health: Health | undefined): EpochMs | null {
  if (health === undefined) return before;
  return health.succeeded ? health.failingSince : (before ?? health.failingSince);
}

/** Returns what a row tells; `pausedUntil` is 0 in a row without a pause. Without a row both are null. */
export function healthOf(row: Omit<Health, "succeeded"> | undefined): QueueHealth {
  const { failingSince, pausedUntil } = row ?? newHealth();
  return { failingSince, pausedUntil: pausedUntil === 0 ? null : pausedUntil };
}
