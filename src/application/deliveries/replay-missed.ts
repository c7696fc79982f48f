import { err, ok, type Result } from "neverthrow";
import { fromIso, type EpochMs } from "../../domain/instant.ts";
import { streamId, type RecordedEvent } from "../../domain/ledger/index.ts";
import type { MessagePublished } from "../../domain/message/index.ts";
import { matchesEvent } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { address } from "../messages/address.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { DELIVERIES_A_COMMIT } from "./change-deliveries.ts";
import type { ReplayProgress, ReplayScope } from "./replay-input.ts";
import { replayPages } from "./replay-pages.ts";

type Deps = Pick<Dependencies, "storage" | "clock" | "ids" | "wakeUps" | "logger" | "closing">;
type Published = RecordedEvent<MessagePublished>;

/**
 * Gives a webhook what was published while it was not active. It goes once through the ledger, from the position where
 * the webhook first became inactive. `StorageError`, `locked`: a transaction that was open before the webhook was last
 * activated hides from readers what was published since, so that was not looked at.
 */
export async function replayMissed(
  deps: Deps,
  scope: ReplayScope,
  webhookId: string,
  before: ReplayProgress,
): Promise<Result<ReplayProgress, ReadError>> {
  const { reader } = deps.storage;
  const history = await reader.readStream(streamId("webhook", webhookId));
  if (history.isErr()) return err(history.error);
  const settled = await reader.settledPosition();
  if (settled.isErr()) return err(settled.error);
  const begin = beforeMissing(history.value, scope.since);
  const replayed = await replayPages(deps, scope, before, begin, async (after) => {
    const page = await reader.readAll({ after, limit: DELIVERIES_A_COMMIT });
    if (page.isErr()) return err(page.error);
    const missed = missedIn(page.value, webhookId, scope);
    const replayed = missed.length === 0 ? ok(0) : await addressTo(deps, webhookId, missed, scope);
    const next = page.value.length < DELIVERIES_A_COMMIT ? null : (page.value.at(-1)?.position ?? null);
    return replayed.map((count) => ({ examined: missed.length, replayed: count, next }));
  });
  const end = history.value.findLast(({ type }) => type === "WebhookActivated")?.position ?? 0;
  return begin === null || end <= settled.value ? replayed : replayed.andThen((progress) => err(wasHeldUp(progress)));
}

function wasHeldUp({ examined, replayed }: ReplayProgress): StorageError {
  const what = "an open transaction hides what was published after it began";
  const done = `${replayed} of the ${examined} messages examined so far were replayed and stay so`;
  return storageError("locked", `${what}; ${done}; end the transaction, and replay again for the rest`);
}

/**
 * Returns the last position before the webhook first became inactive, not counting the times that ended before `since`;
 * null if it was always active.
 */
function beforeMissing(history: readonly RecordedEvent[], since: EpochMs): number | null {
  let before: number | null = null;
  for (const { type, data, position, recordedAt } of history) {
    const isInactive = type === "WebhookDeactivated" || (type === "WebhookRegistered" && !data.active);
    if (isInactive) before ??= position - 1;
    if (type === "WebhookActivated" && fromIso(recordedAt) < since) before = null;
  }
  return before;
}

/** Selects from a page of the ledger what was published while the webhook was not active. */
function missedIn(
  page: readonly RecordedEvent[],
  webhookId: string,
  { isWithin }: Pick<ReplayScope, "isWithin">,
): readonly Published[] {
  return page.filter(
    (event): event is Published =>
      event.type === "MessagePublished" &&
      isWithin(fromIso(event.recordedAt)) &&
      event.data.skipped.some((skipped) => skipped.webhookId === webhookId && skipped.reason === "inactive"),
  );
}

/**
 * Gives the webhook, in one commit, a delivery of each message that it subscribes to, that is still there, and that it
 * was not given before. If another writer comes in between, decides again.
 *
 * @returns how many
 */
async function addressTo(
  deps: Deps,
  webhookId: string,
  missed: readonly Published[],
  { metadata }: Pick<ReplayScope, "metadata">,
): Promise<Result<number, ReadError>> {
  const { storage, clock, ids } = deps;
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    const revision = await storage.webhooks.revision();
    if (revision.isErr()) return err(revision.error);
    const webhook = await storage.webhooks.get(webhookId);
    if (webhook.isErr()) return err(webhook.error);
    const streams: StreamAppend[] = [];
    let addressed = 0;
    for (const { data } of missed) {
      if (webhook.value === null || !matchesEvent(webhook.value, data.event)) continue;
      const history = await storage.reader.readStream(streamId("message", data.messageId));
      if (history.isErr()) return err(history.error);
      const version = versionToAddress(history.value, webhookId);
      if (version === null) continue;
      addressed += 1;
      streams.push(...address(deps, { ...data, webhookId, deliveryId: ids.next() }, version));
    }
    if (addressed === 0) return ok(0);
    const webhooksRevision = revision.value;
    const appended = await storage.writer.append({ recordedAt: clock.now(), streams, metadata, webhooksRevision });
    if (appended.isOk()) return ok(addressed);
    const { type } = appended.error;
    if (type !== "VersionConflict" && type !== "WebhooksChanged") return err(refusedFor(appended.error));
  }
  const what = `the webhook ${webhookId} or what it missed changed`;
  return err(storageError("locked", `${what} during each of ${MOST_TRIES} tries; replay again`));
}

/** Null if the message was pruned or erased, or was addressed to the webhook already. */
function versionToAddress(history: readonly RecordedEvent[], webhookId: string): number | null {
  const isDone = history.some(
    ({ type, data }) => type === "MessageErased" || (type === "MessageAddressed" && data.webhookId === webhookId),
  );
  return isDone ? null : (history.at(-1)?.version ?? null);
}
