import { err, ok, ResultAsync, type Result } from "neverthrow";
import { isWithinDates, toIso, type EpochMs, type IsoInstant } from "../../domain/instant.ts";
import type { WebhookView } from "../../domain/ledger/index.ts";
import { deactivatesAt } from "../../domain/retry/index.ts";
import type { WebhookNotFound } from "../../domain/webhook/index.ts";
import { UNTIL_RESUMED, type QueueHealth } from "../../ports/delivery-queue.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { shownBacklog, type Backlog } from "../deliveries/backlog.ts";
import type { Dependencies } from "../dependencies.ts";
import { requireView } from "./find-webhooks.ts";

/** How a webhook does, and what waits for it. `pending` and `dueSince` count its own deliveries alone. */
export interface WebhookHealth extends Backlog {
  /**
   * When the first failed of the attempts that have all failed since, whatever delivery they were for. Null if the last
   * one succeeded, if there was none, or if there was none since the webhook was activated.
   */
  readonly failingSince: IsoInstant | null;
  /**
   * Nothing is sent to it before this time, because it answered 429, 502, 503 or 504, or because its rate limit makes
   * the next request wait. Null if it waits for neither, or no longer. Its own `paused` tells whether it is paused by
   * hand.
   */
  readonly pausedUntil: IsoInstant | null;
  /**
   * The first attempt that fails at this time or later deactivates it: `deactivateAfterSeconds` of its retry config
   * after `failingSince`. Null if it does not fail, is not active, or is never deactivated for failing.
   */
  readonly deactivatesAt: IsoInstant | null;
}

/** Reads a webhook's row, health and backlog. They are separate reads, and may be a moment apart. */
export function readHealth(
  { storage, clock }: Pick<Dependencies, "storage" | "clock">,
  webhookId: string,
): ResultAsync<WebhookHealth, StorageError | WebhookNotFound> {
  const { queue } = storage;
  return requireView({ storage }, webhookId).andThen((view) => {
    const now = clock.now();
    return ResultAsync.combine([queue.health(webhookId), queue.backlog(now, [webhookId])]).andThen(
      ([health, backlog]) => shownHealth(view, health, now).map((shown) => ({ ...shown, ...shownBacklog(backlog) })),
    );
  });
}

function shownHealth(
  { webhookId, active, retryConfig }: WebhookView,
  { failingSince, pausedUntil }: QueueHealth,
  now: EpochMs,
): Result<Omit<WebhookHealth, keyof Backlog>, StorageError> {
  if (!isWithinDates(failingSince ?? 0) || !isWithinDates(pausedUntil ?? 0))
    return err(storageError("unexpected", `the webhook ${webhookId} has a damaged failing_since or paused_until`));
  const isPaused = pausedUntil !== null && now < pausedUntil && pausedUntil !== UNTIL_RESUMED;
  return ok({
    failingSince: shown(failingSince),
    pausedUntil: isPaused ? toIso(pausedUntil) : null,
    deactivatesAt: active ? shown(deactivatesAt(retryConfig, failingSince)) : null,
  });
}

function shown(instant: EpochMs | null): IsoInstant | null {
  return instant === null ? null : toIso(instant);
}
