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

/** How a webhook does, and what waits for it: `pending` and `dueSince` are of its own deliveries alone. */
export interface WebhookHealth extends Backlog {
  /**
   * When the first of the attempts failed that have all failed since, whatever delivery they were for. Null where the last one succeeded, and
   * where none was made, or none since it was activated.
   */
  readonly failingSince: IsoInstant | null;
  /**
   * Nothing is sent to it before, because it answered 429, 502, 503 or 504. Null where it is not paused for that, or not any more; whether it is by hand,
   * its own `paused` tells.
   */
  readonly pausedUntil: IsoInstant | null;
  /**
   * The first attempt that fails then or later deactivates it: `deactivateAfterSeconds` of its retry config after `failingSince`. Null where it
   * does not fail, is not active, or is never deactivated for that.
   */
  readonly deactivatesAt: IsoInstant | null;
}

/** Its row, its health and its backlog are read one beside the other, and may be a moment apart. */
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
    return err(storageError("unexpected", `when the webhook ${webhookId} failed, or is paused, is damaged in its row`));
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
