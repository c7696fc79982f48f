import { err, ok, safeTry, type Result, type ResultAsync } from "neverthrow";
import type { DeliveryCommand } from "../../domain/delivery/index.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { DeliveryView } from "../../domain/ledger/index.ts";
import type { WebhookInactive, WebhookNotFound } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { refusedFor } from "../refused-append.ts";
import { reportProgress } from "../report-progress.ts";
import { requireActive } from "../webhooks/find-webhooks.ts";
import { changeDeliveries, PAGE } from "./change-deliveries.ts";
import { replayMissed } from "./replay-missed.ts";
import {
  checkReplay,
  wasClosed,
  type ReplayFilter,
  type ReplayOptions,
  type ReplayProgress,
  type ReplayScope,
} from "./replay-input.ts";

export type ReplayError = InvalidInput | WebhookNotFound | WebhookInactive | ReadError;

type Deps = Pick<Dependencies, "storage" | "clock" | "ids" | "wakeUps" | "logger" | "closing">;

/**
 * Makes ended deliveries pending again, due at once. It goes once along their ids and never back, so that what is
 * exhausted again meanwhile is not replayed again.
 */
export function replayDeliveries(
  deps: Deps,
  filter: ReplayFilter,
  options: ReplayOptions,
): ResultAsync<ReplayProgress, ReplayError> {
  return safeTry(async function* () {
    const scope = yield* checkReplay(filter, options);
    if (scope.webhookId !== undefined) yield* requireActive(deps, scope.webhookId);
    const none: ReplayProgress = { examined: 0, replayed: 0 };
    const ended = scope.states.length === 0 ? ok(none) : await replayEnded(deps, scope, none);
    if (ended.isErr() || scope.missedBy === null) return ended;
    return replayMissed(deps, scope, scope.missedBy, ended.value);
  });
}

async function replayEnded(
  deps: Deps,
  scope: ReplayScope,
  before: ReplayProgress,
): Promise<Result<ReplayProgress, StorageError>> {
  const { states, webhookId } = scope;
  let progress = before;
  let after: string | undefined;
  for (;;) {
    if (deps.closing.aborted) return err(wasClosed(progress));
    const page = await deps.storage.deliveries.listEnded({
      ...{ states, limit: PAGE },
      ...(webhookId !== undefined && { webhookId }),
      ...(after !== undefined && { after }),
    });
    if (page.isErr()) return err(page.error);
    const last = page.value.at(-1);
    if (last === undefined) return ok(progress);
    const replayed = await replayPage(deps, scope, page.value);
    if (replayed.isErr()) return err(replayed.error);
    progress = { examined: progress.examined + page.value.length, replayed: progress.replayed + replayed.value };
    reportProgress(deps.logger, scope.onProgress, progress);
    if (page.value.length < PAGE) return ok(progress);
    after = last.deliveryId;
  }
}

async function replayPage(
  deps: Deps,
  { since, metadata }: ReplayScope,
  page: readonly DeliveryView[],
): Promise<Result<number, StorageError>> {
  const wanted = page.filter(({ createdAt }) => createdAt >= since);
  const active = await activeAmong(deps, new Set(wanted.map(({ webhookId }) => webhookId)));
  if (active.isErr()) return err(active.error);
  const sendable = wanted.filter(({ webhookId }) => active.value.has(webhookId));
  const erased = await erasedAmong(deps, new Set(sendable.map(({ messageId }) => messageId)));
  if (erased.isErr()) return err(erased.error);
  const views = sendable.filter(({ messageId }) => !erased.value.has(messageId));
  const command: DeliveryCommand = { type: "RequestRedelivery", data: { now: deps.clock.now() } };
  // No revision is named, so none can have passed.
  const changed = (await changeDeliveries(deps, views, command, { metadata })).mapErr((error) => refusedFor(error));
  if (changed.isOk() && changed.value > 0) deps.wakeUps.notify();
  return changed;
}

/** Asked anew for each page: what is deactivated meanwhile is left alone from then on. */
async function activeAmong(
  { storage }: Deps,
  webhookIds: ReadonlySet<string>,
): Promise<Result<ReadonlySet<string>, StorageError>> {
  const active = new Set<string>();
  for (const webhookId of webhookIds) {
    const webhook = await storage.webhooks.get(webhookId);
    if (webhook.isErr()) return err(webhook.error);
    if (webhook.value?.active === true) active.add(webhookId);
  }
  return ok(active);
}

async function erasedAmong(
  { storage }: Deps,
  messageIds: ReadonlySet<string>,
): Promise<Result<ReadonlySet<string>, StorageError>> {
  const erased = new Set<string>();
  for (const messageId of messageIds) {
    const message = await storage.messages.get(messageId);
    if (message.isErr()) return err(message.error);
    if (message.value !== null && message.value.erasedAt !== null) erased.add(messageId);
  }
  return ok(erased);
}
