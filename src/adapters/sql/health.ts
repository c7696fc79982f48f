import type { EpochMs } from "../../domain/instant.ts";
import type { QueueHealth } from "../../ports/delivery-queue.ts";
import type { AttemptedWebhook } from "../../ports/commit.ts";

/** What the attempts of a transaction say of a webhook. */
export interface Health {
  pausedUntil: EpochMs;
  /** Since when attempts have failed within the transaction; null where the last of them succeeded. */
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
 * Since when the webhook fails after the transaction's attempts.
 *
 * @param before - since when it did before them
 * @param health - undefined where there were none
 */
export function failingAfter(before: EpochMs | null, health: Health | undefined): EpochMs | null {
  if (health === undefined) return before;
  return health.succeeded ? health.failingSince : (before ?? health.failingSince);
}

/** What a row tells, in which no pause is one until 0; of a webhook that has no row, nothing. */
export function healthOf(row: Omit<Health, "succeeded"> | undefined): QueueHealth {
  const { failingSince, pausedUntil } = row ?? newHealth();
  return { failingSince, pausedUntil: pausedUntil === 0 ? null : pausedUntil };
}

/** Then nothing has to be noted of it, where nothing was. */
export function hasOnlyRecovered({ pausedUntil, failingSince, succeeded }: Health): boolean {
  return succeeded && failingSince === null && pausedUntil === 0;
}
